type CitationButtonProps = { index: number; onCite: (index: number) => void };

/** The number of a citation in the text; opens its source at the sentence. */
export function CitationButton({ index, onCite }: CitationButtonProps) {
  return (
    <button
      type="button"
      onClick={() => onCite(index)}
      aria-label={`Citation ${index}: open the source`}
      className="mx-0.5 inline-flex h-5 min-w-5 -translate-y-[0.15em] items-center justify-center rounded bg-accent-soft px-1 align-middle font-sans text-2xs font-semibold text-accent hover:bg-accent hover:text-on-accent"
    >
      {index}
    </button>
  );
}
