/** Types of `neo4j.mjs`, for the crash harness. `folder` holds the jars, the data and the log. */
interface StartOptions {
  readonly port?: number;
  readonly memoryGb?: number;
}

export declare const neo4j: {
  readonly name: 'neo4j';
  install(folder: string): void;
  running(folder: string): Promise<Record<string, string> | undefined>;
  start(folder: string, options?: StartOptions): Promise<Record<string, string>>;
  stop(folder: string): Promise<boolean>;
  kill(folder: string): Promise<boolean>;
};
