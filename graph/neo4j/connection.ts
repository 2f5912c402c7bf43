/**
 * The driver with this product's rules: numbers are JavaScript numbers, results of one process see its earlier
 * writes in a cluster, what can pass by itself becomes GraphUnavailableError, and a server that is down is not
 * asked again for a moment, so that searches do not queue behind it.
 */
import neo4j, { Neo4jError } from 'neo4j-driver';
import type {
  BookmarkManager,
  Driver,
  ManagedTransaction,
  QueryResult,
  Session,
} from 'neo4j-driver';
import { GraphMemoryError, GraphUnavailableError, StorageError } from '../errors.ts';
import { SCHEMA } from './schema.ts';

export interface Neo4jOptions {
  /** `bolt://`, `neo4j://` (cluster routing) and their `+s` forms. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Default: the database that the server opens for this user. */
  readonly database?: string;
  /** Keeps installations apart that share a database; default ''. */
  readonly namespace?: string;
  /** A database for each workspace, where the server can have several; else all share one. */
  readonly databasePerWorkspace?: boolean;
  /** Full-text and vector search in Neo4j too, instead of the embedded indices. */
  readonly indices?: boolean;
  /** Milliseconds; default `performance.now`. */
  readonly clock?: () => number;
}

/** Parameters of a query: the only way in which data gets into it. */
type Parameters = Readonly<Record<string, unknown>>;

export interface Transaction {
  /** Rows as objects. `text` holds no data. */
  rows<Row>(text: string, parameters?: Parameters): Promise<Row[]>;
  /** Rows one by one, for results that do not fit into memory. */
  stream<Row>(text: string, parameters?: Parameters): AsyncIterable<Row>;
}

export interface Neo4jConnection {
  readonly namespace: string;
  /** Whether each workspace is to have a database of its own; see `databases.ts`. */
  readonly databasePerWorkspace: boolean;
  /** One transaction; repeated by the driver when it failed for a reason that may pass. */
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  write<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** One statement that commits by itself, as `CALL {} IN TRANSACTIONS` must. */
  run(text: string, parameters?: Parameters): Promise<void>;
  /** One reading transaction that is not repeated: its rows are handed on as they come. */
  streaming<T>(work: (tx: Transaction) => AsyncIterable<T>): AsyncIterable<T>;
  /** A statement about the server and its databases. */
  administer<Row>(text: string, parameters?: Parameters): Promise<Row[]>;
  /** The same server, another database; closed with this one. */
  database(name: string): Neo4jConnection;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** Longest time in which the driver repeats a transaction; then the caller decides. */
const RETRY_TIME_MS = 3_000;
/** A server that was not there is not asked again for so long. */
const DOWN_MS = 1_000;

/** Opens no connection yet. Throws StorageError for a URL or options that the driver does not take. */
export function connectNeo4j(options: Neo4jOptions): Neo4jConnection {
  return connectionTo(options.database, {
    driver: openDriver(options),
    options,
    bookmarkManager: neo4j.bookmarkManager(),
    breaker: new Breaker(options.clock ?? (() => performance.now())),
  });
}

/** What all databases of a server share. */
interface Server {
  readonly driver: Driver;
  readonly options: Neo4jOptions;
  readonly bookmarkManager: BookmarkManager;
  readonly breaker: Breaker;
}

function connectionTo(database: string | undefined, server: Server): Neo4jConnection {
  const { driver, bookmarkManager, breaker } = server;
  const { namespace = '', databasePerWorkspace = false } = server.options;
  let schema: Promise<void> | undefined;

  const session = (defaultAccessMode: 'READ' | 'WRITE', name = database) =>
    driver.session({ database: name, defaultAccessMode, bookmarkManager, fetchSize: 2_000 });
  const inSession = async <T>(
    mode: 'READ' | 'WRITE',
    work: (s: Session) => Promise<T>,
    name?: string,
  ): Promise<T> =>
    breaker.guard(async () => {
      const opened = session(mode, name);
      try {
        return await work(opened);
      } finally {
        await opened.close();
      }
    });
  const makeSchema = async (): Promise<void> => {
    for (const statement of SCHEMA) {
      await unlessThere(inSession('WRITE', (s) => s.executeWrite((tx) => tx.run(statement))));
    }
    await inSession('WRITE', (s) => s.run('CALL db.awaitIndexes(120)'));
  };
  /** Once per connection; tried again after it failed. */
  const ready = (): Promise<void> =>
    (schema ??= makeSchema().catch((error: unknown) => {
      schema = undefined;
      throw error;
    }));

  return {
    namespace,
    databasePerWorkspace,
    read: async (work) => {
      await ready();
      return inSession('READ', (s) => s.executeRead((tx) => work(transaction(tx))));
    },
    write: async (work) => {
      await ready();
      return inSession('WRITE', (s) => s.executeWrite((tx) => work(transaction(tx))));
    },
    run: async (text, parameters) => {
      await ready();
      await inSession('WRITE', (s) => s.run(text, parameters));
    },
    streaming: async function* (work) {
      await ready();
      const opened = session('READ');
      try {
        const tx = await opened.beginTransaction();
        yield* work(transaction(tx));
        await tx.close();
      } catch (error) {
        throw breaker.explain(error);
      } finally {
        await opened.close();
      }
    },
    administer: <Row>(text: string, parameters?: Parameters) =>
      inSession('WRITE', async (s) => rowsOf<Row>(await s.run(text, parameters)), 'system'),
    database: (name) => connectionTo(name, server),
    close: () => driver.close(),
  };
}

function openDriver({ url, user, password }: Neo4jOptions): Driver {
  try {
    return neo4j.driver(url, neo4j.auth.basic(user, password), {
      disableLosslessIntegers: true,
      maxTransactionRetryTime: RETRY_TIME_MS,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      connectionAcquisitionTimeout: 2 * CONNECT_TIMEOUT_MS,
      telemetryDisabled: true,
    });
  } catch (error) {
    throw new StorageError(
      `The Neo4j driver does not take NEO4J_URL: ${(error as Error).message}`,
      'Set NEO4J_URL to an address such as neo4j://host:7687 or bolt://host:7687.',
      error,
    );
  }
}

const rowsOf = <Row>({ records }: QueryResult): Row[] =>
  records.map((record) => record.toObject() as Row);

function transaction(tx: Pick<ManagedTransaction, 'run'>): Transaction {
  return {
    rows: async <Row>(text: string, parameters?: Parameters) =>
      rowsOf<Row>(await tx.run(text, parameters)),
    stream: async function* <Row>(text: string, parameters?: Parameters) {
      for await (const record of tx.run(text, parameters)) yield record.toObject() as Row;
    },
  };
}

/** Tells faults that may pass from others, and remembers for a moment that the server is down. */
class Breaker {
  readonly #clock: () => number;
  #downUntilMs = Number.NEGATIVE_INFINITY;
  #cause: unknown;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#clock() < this.#downUntilMs) throw new GraphUnavailableError(this.#cause);
    try {
      return await work();
    } catch (error) {
      throw this.explain(error);
    }
  }

  explain(error: unknown): unknown {
    if (error instanceof Neo4jError && OUT_OF_MEMORY.test(error.code)) {
      return new GraphMemoryError(error);
    }
    if (isUnavailable(error)) {
      this.#downUntilMs = this.#clock() + DOWN_MS;
      this.#cause = error;
      return new GraphUnavailableError(error);
    }
    if (error instanceof Neo4jError && error.code.startsWith('Neo.ClientError.Security.')) {
      return new StorageError(
        `Neo4j refuses the connection: ${error.message}`,
        'Set NEO4J_USER and NEO4J_PASSWORD to an account that may read, write and create indices.',
        error,
      );
    }
    return error;
  }
}

/** Neo4j counts it among what may pass; a transaction that is too large stays so. */
const OUT_OF_MEMORY = /MemoryPoolOutOfMemory|TransactionOutOfMemory|OutOfMemoryError/;

/** By code and by what the driver itself would retry; a pool that gets no connection has no code of its own. */
function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Neo4jError)) return false;
  if (error.retriable || error.retryable) return true;
  if (['ServiceUnavailable', 'SessionExpired'].includes(error.code)) return true;
  return /acquisition timed out|Could not perform discovery/.test(error.message);
}

const ALREADY_THERE =
  /\.Schema\.(?:EquivalentSchemaRuleAlreadyExists|IndexAlreadyExists|ConstraintAlreadyExists|IndexWithNameAlreadyExists|ConstraintDropFailed|ConstraintNotFound)$/;

/** `IF NOT EXISTS` and `IF EXISTS` look before they act: of two that do it at once, one fails. */
export async function unlessThere(making: Promise<unknown>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!(error instanceof Neo4jError && ALREADY_THERE.test(error.code))) throw error;
  }
}

/** A JavaScript number would arrive as a float. */
export const whole = (value: number) => neo4j.int(value);
