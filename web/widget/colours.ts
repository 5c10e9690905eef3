/** Colours a shop may set: six or three hex digits, and whatever they are, texts stay readable (WCAG AA). */

export type Rgb = readonly [number, number, number];

const READABLE = 4.5;
const WHITE: Rgb = [255, 255, 255];
const INK: Rgb = [23, 27, 33];

/** The colour in a value such as `#b5472f` or `#b52`; null for anything else. */
export function parseColour(value: string | null | undefined): Rgb | null {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/iu.exec(value ?? "")?.[1];
  if (!digits) return null;
  const long = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16)) as unknown as Rgb;
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** How well two colours stand apart, from 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [brightness(one), brightness(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** White or dark, whichever reads better on a colour. */
export function inkOn(colour: Rgb): Rgb {
  return contrast(colour, WHITE) >= READABLE || contrast(colour, WHITE) >= contrast(colour, INK) ? WHITE : INK;
}

/** The colour as a surface for texts, darkened or lightened until its ink is readable. */
export function surface(colour: Rgb): Rgb {
  return readableOn(colour, inkOn(colour));
}

/** The colour moved away from a background until it can be read there. */
export function readableOn(colour: Rgb, background: Rgb): Rgb {
  const goal = brightness(background) > 0.4 ? INK : WHITE;
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, goal, share);
    if (contrast(mixed, background) >= READABLE) return mixed;
  }
  return goal;
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  return one.map((part, at) => Math.round(part + ((other[at] ?? 0) - part) * share)) as unknown as Rgb;
}

function brightness(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
