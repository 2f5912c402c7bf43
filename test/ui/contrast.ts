/** Runs in the browser: texts on the page whose contrast is below WCAG 2.2 AA. Self-contained, because it is sent there. */
export function lowContrast(): string[] {
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  type Colour = [red: number, green: number, blue: number, alpha: number];

  const parse = (css: string): Colour => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = css;
    pixel.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top: Colour, below: Colour): Colour => {
    const mix = (at: 0 | 1 | 2) => top[at] * top[3] + below[at] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const backgroundOf = (element: Element | null): Colour => {
    if (!element) return [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, backgroundOf(element.parentElement));
  };
  const opacityOf = (element: Element | null): number =>
    element ? Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement) : 1;
  const luminance = (colour: Colour): number => {
    const linear = (value: number) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
  };
  const ratio = (a: Colour, b: Colour): number => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (!element || text === '' || element.closest(':disabled, .sr-only, noscript, script, style'))
      continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const background = backgroundOf(element);
    const ink = parse(style.color);
    const seen = over([ink[0], ink[1], ink[2], ink[3] * opacityOf(element)], background);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const actual = ratio(seen, background);
    if (actual < (large ? 3 : 4.5)) found.push(`${actual.toFixed(2)} "${text.slice(0, 40)}"`);
  }
  return found;
}

/** Runs in the browser: controls that have no accessible name. */
export function namelessControls(): string[] {
  const nameOf = (element: Element): string => {
    const labelled = element.getAttribute('aria-label') ?? element.getAttribute('title') ?? '';
    const labels =
      element instanceof HTMLInputElement ||
      element instanceof HTMLSelectElement ||
      element instanceof HTMLTextAreaElement;
    const label = labels
      ? [...(element.labels ?? [])].map((each) => each.textContent).join(' ')
      : '';
    return `${labelled} ${label} ${element.textContent}`.trim();
  };
  return [
    ...document.querySelectorAll(
      'button, a[href], input, select, textarea, [role=button], [role=switch]',
    ),
  ]
    .filter((element) => nameOf(element) === '')
    .map((element) => element.outerHTML.slice(0, 120));
}
