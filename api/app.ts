/** The Express application: security headers, access, routes, the web page, problems. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { requireKey, requireLocalOrigin } from './auth.ts';
import { metricsOf } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { packageRoot } from './package-root.ts';
import type { Platform } from './platform.ts';
import { HttpError, problemHandler, requestIdOf } from './problems.ts';
import { mount, type Route } from './route.ts';
import { answerRoutes } from './routes/answers.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { documentRoutes } from './routes/documents.ts';
import { graphFileRoutes } from './routes/graph-files.ts';
import { graphRoutes } from './routes/graph.ts';
import { graphAnalysisRoutes } from './routes/graph-analysis.ts';
import { identityRoutes } from './routes/identity.ts';
import { jobRoutes } from './routes/jobs.ts';
import { probeRoutes, systemRoutes } from './routes/system.ts';
import { modelReadingRoutes } from './routes/model-reading.ts';
import { schemaRoutes } from './routes/schema.ts';
import { workspaceRoutes } from './routes/workspaces.ts';

const JSON_LIMIT = '20mb';

export function createApp(platform: Platform, isDraining: () => boolean): Express {
  const { config, log } = platform;
  const metrics = metricsOf(platform);
  const probes = probeRoutes(platform, isDraining);
  const routes = apiRoutes(platform, metrics);
  const app = express();
  app.disable('x-powered-by');
  app.use(
    pinoHttp({
      logger: log,
      genReqId: () => `req_${randomUUID().replaceAll('-', '').slice(0, 20)}`,
      // Bodies and headers hold documents and keys: neither belongs in a log.
      serializers: {
        req: (request: { id: string; method: string; url: string }) => ({
          id: request.id,
          method: request.method,
          url: request.url,
        }),
        res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
      },
      // What went wrong is logged with its error where it becomes a problem: here, it would come twice.
      customLogLevel: () => 'debug',
    }),
  );
  app.use(metrics.observe);
  app.use(securityHeaders());
  app.use(requestId);
  mount(app, probes);
  app.use(requireLocalOrigin(config));
  const api = express.Router();
  api.use(requireKey(config));
  api.use(express.json({ limit: JSON_LIMIT }));
  mount(api, routes);
  const document = openApiDocument([...probes, ...routes]);
  app.get('/openapi.json', (_request, response) => void response.json(document));
  app.use(onlyApi(api));
  app.use(webPage());
  app.use(() => {
    throw new HttpError(
      404,
      'route_not_found',
      'There is nothing at this address.',
      'See /openapi.json.',
    );
  });
  app.use(problemHandler);
  return app;
}

function apiRoutes(platform: Platform, metrics: Parameters<typeof systemRoutes>[1]): Route[] {
  return [
    ...systemRoutes(platform, metrics),
    ...workspaceRoutes(platform),
    ...documentRoutes(platform),
    ...jobRoutes(platform),
    ...graphRoutes(platform),
    ...graphFileRoutes(platform),
    ...schemaRoutes(platform),
    ...modelReadingRoutes(platform),
    ...graphAnalysisRoutes(platform),
    ...identityRoutes(platform),
    ...answerRoutes(platform),
    ...conversationRoutes(platform),
  ];
}

/** Answers show text of documents: nothing in them may load or run anything. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // A server on a loopback address speaks plain HTTP; TLS is the reverse proxy's.
    strictTransportSecurity: false,
  });
}

const requestId: RequestHandler = (request, response, next) => {
  response.setHeader('X-Request-Id', requestIdOf(request));
  next();
};

/** The page itself needs no key: it asks for one. */
function onlyApi(api: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.path.startsWith('/v1/') || request.path === '/metrics')
      return api(request, response, next);
    next();
  };
}

function webPage(): RequestHandler {
  const folder = join(packageRoot(), 'dist', 'ui');
  const index = join(folder, 'index.html');
  const assets = express.static(folder, { index: false, maxAge: '1y', immutable: true });
  return (request, response, next) => {
    if (request.method !== 'GET' || !existsSync(index)) return next();
    if (request.path.startsWith('/assets/')) return assets(request, response, next);
    if (request.path.startsWith('/v1/')) return next();
    if (/\.\w+$/.test(request.path)) return assets(request, response, next);
    // Every other path is a view of the page; it must be looked up anew after an upgrade.
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(index);
  };
}
