/** Line icons on a grid of 24, drawn for this widget; the words beside or on the button say what they mean. */

const PATHS = {
  close: "M6 9l6 6 6-6",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  person: "M4 14v-2a8 8 0 0 1 16 0v2M4 14a2 2 0 0 1 2-2h1v6H6a2 2 0 0 1-2-2zm16 0a2 2 0 0 0-2-2h-1v6h1a2 2 0 0 0 2-2zm0 2c0 3-3 4.5-6 4.5",
  attach: "M20 11.5l-8.2 8.2a5 5 0 0 1-7.1-7.1l8.9-8.9a3.3 3.3 0 0 1 4.7 4.7l-8.6 8.6a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7",
  emoji: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c.8 1.2 2 2 3.5 2s2.7-.8 3.5-2M9 9.5h.01M15 9.5h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  up: "M7 11v9H4v-9zM7 11l4-7c1.4 0 2.3 1 2 2.5L12.5 10H18a2 2 0 0 1 2 2.3l-1 6A2 2 0 0 1 17 20H7",
  down: "M17 13V4h3v9zM17 13l-4 7c-1.4 0-2.3-1-2-2.5l.5-3.5H6a2 2 0 0 1-2-2.3l1-6A2 2 0 0 1 7 4h10",
  check: "M5 12.5l4.5 4.5L19 7",
  checks: "M2.5 12.5L7 17l8.5-9M12 16l1 1 8.5-9",
  waiting: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  alert: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.5v5.5M12 16.5h.01",
  file: "M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9zM13 3v6h6",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z",
  parcel: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  shop: "M4 10v10h16V10M3 10l2-6h14l2 6zM9 20v-6h6v6",
  phone: "M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
  arrow: "M9 6l6 6-6 6",
  below: "M12 5v14M6 13l6 6 6-6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
