/** Builds what the server serves into dist/: widget.js, the pages, and hashed files under static/. */

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import { build, transform } from "esbuild";
import { minify } from "terser";

const here = new URL("./", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, here));
const COMMON = {
  bundle: true,
  minify: true,
  target: ["chrome109", "firefox115", "safari16"],
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** What esbuild leaves on the table: about 3 % of what a customer loads. */
async function tighten(file, { module }) {
  const { code } = await minify(await readFile(file, "utf8"), {
    module,
    compress: { passes: 3, pure_getters: true, unsafe_arrows: true },
    format: { ascii_only: !module },
  });
  await writeFile(file, code);
}

await rm(path("dist"), { recursive: true, force: true });
await mkdir(path("dist/static"), { recursive: true });
await build({
  ...COMMON,
  charset: "ascii", // a page of any charset may load it
  entryPoints: [path("loader/loader.ts")],
  format: "iife",
  outfile: path("dist/widget.js"),
  plugins: [{ name: "style-text", setup: asText }],
});
await tighten(path("dist/widget.js"), { module: false });
for (const [page, script] of [
  ["widget", "widget/main.tsx"],
  ["demo", "demo/main.tsx"],
  ["desk", "desk/main.tsx"],
  ["studio", "studio/main.tsx"],
]) {
  await screen(page, script);
}

// What bot/api/docs.html shows the API with: Swagger UI as it is published.
for (const [from, to] of [
  ["node_modules/swagger-ui-dist/swagger-ui-bundle.js", "swagger-ui.js"],
  ["node_modules/swagger-ui-dist/swagger-ui.css", "swagger-ui.css"],
  ["docs/docs.js", "docs.js"],
]) {
  await copyFile(path(from), path(`dist/static/${to}`));
}

/** The launcher's style sheet becomes a string in its script: made by script, a page's CSP has no say in it. */
function asText(builder) {
  builder.onLoad({ filter: /launcher\.css$/ }, async ({ path: file }) => {
    const { code } = await transform(await readFile(file, "utf8"), { loader: "css", minify: true, target: COMMON.target });
    return { contents: code.trim(), loader: "text" };
  });
}

/** One page: its script and style get names that change with their content, and the page names them. */
async function screen(page, script) {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: { [page]: path(script), [`${page}-style`]: path(`${page}/${page}.css`) },
    format: "esm",
    outdir: path("dist/static"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    splitting: true,
    metafile: true,
    define: page === "demo" ? await demoShop() : {},
  });
  const made = Object.keys(metafile.outputs).map((name) => basename(name));
  for (const name of made.filter((one) => one.endsWith(".js"))) await tighten(path(`dist/static/${name}`), { module: true });
  const template = await readFile(path(`${page}/${page}.html`), "utf8");
  const filled = template
    .replace("{{script}}", `/web/static/${made.find((name) => name.startsWith(`${page}-`) && name.endsWith(".js"))}`)
    .replace("{{style}}", `/web/static/${made.find((name) => name.endsWith(".css"))}`);
  await writeFile(path(`dist/${page}.html`), filled);
}

/** The demo shop's own lists, so that the page never tells another price or name than the bot. */
async function demoShop() {
  const read = async (name) => rows(await readFile(fileURLToPath(new URL(`../data/demo/${name}.csv`, here)), "utf8"));
  const [products, customers] = [await read("products"), await read("customers")];
  return {
    PRODUCTS: JSON.stringify(
      products.map((one) => ({ sku: one.sku, zh: one.name_zh, en: one.name_en, price: Number(one.price_cny) })),
    ),
    CUSTOMERS: JSON.stringify(
      customers.map((one) => ({ id: one.customer_id, zh: one.name, en: one.name_latin, tail: one.phone.slice(-4) })),
    ),
  };
}

/** A CSV's rows by the names in its head. */
function rows(text) {
  const [head, ...lines] = text.trim().split(/\r?\n/u).map(cells);
  return lines.map((line) => Object.fromEntries(head.map((name, at) => [name, line[at] ?? ""])));
}

/** The cells of a line, in which a quoted one may hold commas. */
function cells(line) {
  const found = [...`,${line}`.matchAll(/,("(?:[^"]|"")*"|[^,]*)/gu)].map(([, cell]) => cell);
  return found.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}
