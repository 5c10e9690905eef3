/** Line icons on a grid of 24, drawn for the staff's screens; the words beside or on the button say what they mean. */

const PATHS = {
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0",
  bellOff: "M6 16V11a6 6 0 0 1 9.5-4.9M18 11v5l1.5 2H8M10 20.5a2.2 2.2 0 0 0 4 0M4 4l16 16",
  sound: "M5 9.5v5h3l5 4v-13l-5 4zM16.5 9a4.5 4.5 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11",
  silent: "M5 9.5v5h3l5 4v-13l-5 4zM16.5 9.5l5 5M21.5 9.5l-5 5",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c5 5.5 5 12.5 0 18-5-5.5-5-12.5 0-18z",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  keyboard: "M3 7h18v10H3zM7 10.5h.01M10.5 10.5h.01M14 10.5h.01M17 10.5h.01M8 13.8h8",
  down: "M6 9l6 6 6-6",
  right: "M9 6l6 6-6 6",
  left: "M15 6l-6 6 6 6",
  up: "M6 15l6-6 6 6",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  trash: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.4L17 7M10.5 11v5M13.5 11v5",
  image: "M4 5h16v14H4zM4 16l4.500-4.500 4 4 2.500-2.500 5 5M15.5 9.500h.01",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  braces: "M8 4c-2 0-2 1-2 3s0 4-2 5c2 1 2 3 2 5s0 3 2 3M16 4c2 0 2 1 2 3s0 4 2 5c-2 1-2 3-2 5s0 3-2 3",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7",
  checks: "M2.5 12.5L7 17l8.5-9M12 16l1 1 8.5-9",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  alert: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.5v5.5M12 16.5h.01",
  bot: "M5 9h14v10H5zM12 9V5M9.5 14h.01M14.5 14h.01M2.5 13v3M21.5 13v3M12 4.5h.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5a6.5 6.5 0 0 1 13 0M16 4.9a3.5 3.5 0 0 1 0 6.2M18 14.2a6.5 6.5 0 0 1 3.5 5.3",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 8.500h7M8.5 12h4",
  transfer: "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
  done: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.500l2.7 2.700L16 9.5",
  attach: "M20 11.500l-8.2 8.200a5 5 0 0 1-7.1-7.100l8.9-8.900a3.3 3.3 0 0 1 4.7 4.700l-8.6 8.600a1.7 1.7 0 0 1-2.4-2.400l7.7-7.7",
  slash: "M5 4h14v16H5zM13.5 8l-3 8",
  bolt: "M13 3L5 13.500h6L10 21l8-10.500h-6z",
  send: "M5 12h13M12 6l6 6-6 6",
  bulb: "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.6 10.800c.7.6 1.1 1.3 1.1 2.200h5c0-.9.4-1.6 1.1-2.200A6 6 0 0 0 12 3z",
  book: "M5 4.500h6a2 2 0 0 1 1 .5 2 2 0 0 1 1-.5h6v14h-6a2 2 0 0 0-1 .5 2 2 0 0 0-1-.5H5zM12 5v14",
  file: "M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9zM13 3v6h6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  web: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c5 5.5 5 12.5 0 18-5-5.5-5-12.5 0-18z",
  wechat: "M9.5 4C5.4 4 2 6.7 2 10c0 1.9 1.1 3.6 2.9 4.700L4.3 17l2.7-1.300c.8.2 1.6.3 2.5.3M22 14.500c0-2.8-2.9-5-6.5-5S9 11.7 9 14.500s2.9 5 6.5 5c.7 0 1.4-.1 2.1-.3l2.3 1.1-.5-2C21 17.4 22 16 22 14.500z",
  telegram: "M21 4L3 11l5.5 2.200L18 7l-7.5 7.500V20l3-3.5 4 3z",
  terminal: "M4 5h16v14H4zM7.5 9.500l2.5 2.5-2.5 2.500M12.5 15h4",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  tag: "M4 4h8l8 8-8 8-8-8zM8.5 8.500h.01",
  parcel: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  back: "M9 14l-5-5 5-5M4 9h10a6 6 0 0 1 0 12h-3",
  leave: "M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10 12h10M17 9l3 3-3 3",
  hand: "M8 13V6.500a1.5 1.5 0 0 1 3 0V11m0-1V4.500a1.5 1.5 0 0 1 3 0V11m0-4.500a1.5 1.5 0 0 1 3 0V13a1.5 1.5 0 0 1 3 0v1.500c0 4-2.5 6.5-6.5 6.500S8 19 6.5 16.500L4.3 13a1.5 1.5 0 0 1 2.5-1.600L8 13",
  whisper: "M4 12a8 8 0 1 1 3.5 6.600L4 20l1.2-3.800A8 8 0 0 1 4 12zM9 12h.01M12 12h.01M15 12h.01",
  inbox: "M4 13l2.5-8h11l2.5 8v6H4zM4 13h5a3 3 0 0 0 6 0h5",
  shield: "M12 3l7 2.500v5.500c0 4.5-3 8-7 10-4-2-7-5.5-7-10V5.500zM9 12l2.2 2.200L15 10.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

const CHANNEL_ICONS: Record<string, IconName> = { wechat: "wechat", wechat_kf: "wechat", wechat_mini: "wechat", email: "inbox", telegram: "telegram", rest: "terminal", callback: "terminal", console: "terminal" };

export function channelIcon(channel: string): IconName {
  return CHANNEL_ICONS[channel] ?? "web";
}
