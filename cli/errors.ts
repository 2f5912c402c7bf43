/** An error as the terminal shows it: what happened, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.fix = fix;
  }
}
