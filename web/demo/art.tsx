/** The goods as flat drawings in three tones of their tile, so that the demo needs no photographs. */

import type { JSX } from "preact";

const a = "var(--a)";
const b = "var(--b)";
const c = "var(--c)";

const DRAWINGS: Record<string, { tile: string; drawing: JSX.Element }> = {
  P1001: {
    tile: "clay",
    drawing: (
      <>
        <path d="M30 66v-6a30 30 0 0 1 60 0v6" fill="none" stroke={b} stroke-width="7" stroke-linecap="round" />
        <rect x="22" y="60" width="18" height="34" rx="9" fill={a} />
        <rect x="80" y="60" width="18" height="34" rx="9" fill={a} />
        <rect x="36" y="62" width="8" height="30" rx="4" fill={b} />
        <rect x="76" y="62" width="8" height="30" rx="4" fill={b} />
      </>
    ),
  },
  P1206: {
    tile: "sage",
    drawing: (
      <>
        <path d="M34 30h52a8 8 0 0 1 8 8v46a14 14 0 0 1-14 14H40a14 14 0 0 1-14-14V38a8 8 0 0 1 8-8z" fill={a} />
        <rect x="34" y="58" width="52" height="32" rx="8" fill={c} />
        <rect x="48" y="68" width="24" height="8" rx="4" fill={b} />
        <circle cx="60" cy="43" r="7" fill={c} />
        <path d="M60 43v-5" stroke={b} stroke-width="3" stroke-linecap="round" />
      </>
    ),
  },
  P1301: {
    tile: "slate",
    drawing: (
      <>
        <rect x="38" y="18" width="44" height="84" rx="10" fill={b} />
        <rect x="42" y="23" width="36" height="74" rx="6" fill={c} />
        <path d="M42 76c10-12 22 4 36-14v29a6 6 0 0 1-6 6H48a6 6 0 0 1-6-6z" fill={a} />
        <circle cx="60" cy="29" r="2.5" fill={b} />
      </>
    ),
  },
  P1402: {
    tile: "plum",
    drawing: (
      <>
        <path d="M44 28l16 7 16-7 18 12-6 54H32l-6-54z" fill={a} />
        <path d="M44 28q16 16 32 0l-3-6H47z" fill={b} />
        <path d="M29 52h62M31 68h58M33 84h54" stroke={c} stroke-width="3" />
        <path d="M60 36v58" stroke={b} stroke-width="4" />
      </>
    ),
  },
  P1101: {
    tile: "slate",
    drawing: (
      <>
        <rect x="14" y="30" width="92" height="54" rx="5" fill={b} />
        <rect x="18" y="34" width="84" height="46" rx="2" fill={c} />
        <path d="M18 72l24-22 18 16 12-10 30 22v2H18z" fill={a} />
        <circle cx="82" cy="46" r="6" fill={a} />
        <path d="M40 94h40M60 84v10" stroke={b} stroke-width="5" stroke-linecap="round" />
      </>
    ),
  },
  P1305: {
    tile: "sage",
    drawing: (
      <>
        <path d="M46 16h28l3 26H43zM43 78h34l-3 26H46z" fill={a} />
        <rect x="36" y="36" width="48" height="48" rx="14" fill={b} />
        <rect x="42" y="42" width="36" height="36" rx="9" fill={c} />
        <path d="M60 50v11l7 5" stroke={b} stroke-width="4" fill="none" stroke-linecap="round" />
      </>
    ),
  },
  P1502: {
    tile: "clay",
    drawing: (
      <>
        <path d="M38 30h44l5 66a6 6 0 0 1-6 6H39a6 6 0 0 1-6-6z" fill={a} />
        <path d="M38 30l4-12h36l4 12z" fill={b} />
        <rect x="44" y="50" width="32" height="34" rx="6" fill={c} />
        <ellipse cx="60" cy="67" rx="9" ry="12" fill={b} transform="rotate(28 60 67)" />
        <path d="M65 57c-8 5 0 12-10 20" stroke={c} stroke-width="2.5" fill="none" />
      </>
    ),
  },
  P1204: {
    tile: "plum",
    drawing: (
      <>
        <ellipse cx="60" cy="66" rx="42" ry="34" fill={b} />
        <ellipse cx="60" cy="60" rx="42" ry="34" fill={a} />
        <circle cx="60" cy="50" r="13" fill={c} />
        <circle cx="60" cy="50" r="5" fill={b} />
        <path d="M32 76q28 16 56 0" stroke={c} stroke-width="4" fill="none" stroke-linecap="round" />
      </>
    ),
  },
  P1403: {
    tile: "slate",
    drawing: (
      <>
        <path d="M16 78V52c8 6 18 4 22-6l10-6 26 26 24 6c6 2 8 6 8 12z" fill={a} />
        <path d="M14 82h92v4a8 8 0 0 1-8 8H22a8 8 0 0 1-8-8z" fill={b} />
        <path d="M48 48l-6 6M56 55l-6 6M64 63l-6 6" stroke={c} stroke-width="4" stroke-linecap="round" />
      </>
    ),
  },
  P1003: {
    tile: "sage",
    drawing: (
      <>
        <rect x="34" y="22" width="52" height="78" rx="24" fill={a} />
        <rect x="40" y="40" width="40" height="54" rx="18" fill={b} />
        <circle cx="60" cy="72" r="14" fill={c} />
        <circle cx="60" cy="72" r="5" fill={b} />
        <circle cx="60" cy="50" r="5" fill={c} />
      </>
    ),
  },
  P1503: {
    tile: "plum",
    drawing: (
      <>
        <rect x="42" y="34" width="36" height="68" rx="9" fill={a} />
        <path d="M44 34v-8a8 8 0 0 1 8-8h16a8 8 0 0 1 8 8v8z" fill={b} />
        <rect x="42" y="54" width="36" height="26" fill={c} />
        <path d="M52 67h16M56 61h8M56 73h8" stroke={b} stroke-width="2.5" stroke-linecap="round" />
      </>
    ),
  },
  P1304: {
    tile: "clay",
    drawing: (
      <>
        <rect x="32" y="34" width="50" height="54" rx="12" fill={a} />
        <path d="M82 50h12M82 70h12" stroke={b} stroke-width="6" stroke-linecap="round" />
        <path d="M60 44L46 64h12l-4 16 16-22H58z" fill={c} />
        <rect x="32" y="76" width="50" height="12" rx="6" fill={b} />
      </>
    ),
  },
};

export function Drawing({ sku }: { sku: string }) {
  const art = DRAWINGS[sku];
  return (
    <div class={`tile ${art?.tile ?? "clay"}`}>
      <svg viewBox="0 0 120 120" aria-hidden="true">
        <ellipse cx="60" cy="106" rx="38" ry="5" fill="var(--shadow)" />
        {art?.drawing}
      </svg>
    </div>
  );
}
