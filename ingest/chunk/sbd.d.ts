declare module 'sbd' {
  interface SbdOptions {
    readonly newline_boundaries?: boolean;
    readonly preserve_whitespace?: boolean;
    readonly abbreviations?: readonly string[] | null;
  }
  const sbd: { sentences(text: string, options?: SbdOptions): string[] };
  export default sbd;
}
