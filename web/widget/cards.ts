/** The cards that a reply may carry in `custom`, read with care: what has another form is not drawn. */

export type Item = { name: string; quantity: number; price?: string };
export type OrderCard = {
  card: "order";
  number: string;
  status: string;
  /** How far the order is: `at` counts the steps that are done. */
  steps?: { names: string[]; at: number };
  placed?: string;
  arrives?: string;
  carrier?: string;
  tracking?: string;
  total?: string;
  items: Item[];
};
export type StoreCard = {
  card: "store";
  name: string;
  address?: string;
  hours?: string;
  phone?: string;
  services: string[];
};
export type ProductCard = { card: "product"; name: string; price?: string; note?: string; in_stock?: boolean };
export type Card = OrderCard | StoreCard | ProductCard;

const MOST_CARDS = 10;
const MOST_ITEMS = 20;

/** The cards in `custom`: one, or several as `{"cards": […]}`. */
export function cardsIn(custom: unknown): Card[] {
  const several = fields(custom)?.cards;
  const found = Array.isArray(several) ? several.slice(0, MOST_CARDS) : [custom];
  return found.map(card).filter((one) => one !== null);
}

/** The text without the lines that cards beside it tell: a line of a list begins with its card's number or name. */
export function besides(text: string, cards: Card[]): string {
  const told = cards.map((card) => (card.card === "order" ? card.number : card.name));
  const lines = text.split("\n");
  return lines.filter((line, at) => at === 0 || !told.some((name) => line.startsWith(name))).join("\n");
}

function card(value: unknown): Card | null {
  const data = fields(value);
  if (data?.card === "order") return order(data);
  if (data?.card === "store") return store(data);
  return data?.card === "product" ? product(data) : null;
}

function order(data: Record<string, unknown>): OrderCard | null {
  const number = text(data.number);
  const status = text(data.status);
  if (!number || !status) return null;
  const names = texts(data.steps);
  const at = typeof data.step === "number" ? data.step : 0;
  return {
    card: "order",
    number,
    status,
    items: list(data.items).map(item).filter((one) => one !== null),
    ...(names.length > 0 && { steps: { names, at } }),
    ...optional(data, ["placed", "arrives", "carrier", "tracking", "total"]),
  };
}

function item(value: unknown): Item | null {
  const data = fields(value);
  const name = text(data?.name);
  if (!data || !name) return null;
  return { name, quantity: typeof data.quantity === "number" ? data.quantity : 1, ...optional(data, ["price"]) };
}

function store(data: Record<string, unknown>): StoreCard | null {
  const name = text(data.name);
  if (!name) return null;
  return { card: "store", name, services: texts(data.services), ...optional(data, ["address", "hours", "phone"]) };
}

function product(data: Record<string, unknown>): ProductCard | null {
  const name = text(data.name);
  if (!name) return null;
  const stock = typeof data.in_stock === "boolean" ? { in_stock: data.in_stock } : {};
  return { card: "product", name, ...stock, ...optional(data, ["price", "note"]) };
}

function optional<Name extends string>(data: Record<string, unknown>, names: Name[]): { [name in Name]?: string } {
  const found: { [name in Name]?: string } = {};
  for (const name of names) {
    const value = text(data[name]);
    if (value) found[name] = value;
  }
  return found;
}

function fields(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, MOST_ITEMS) : [];
}

function texts(value: unknown): string[] {
  return list(value).map(text).filter((one) => one !== "");
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
}
