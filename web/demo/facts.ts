/** What the page says and shows, in both languages; products and customers come from data/demo when it is built. */

import type { Language } from "../shared/protocol.ts";

export type Product = { sku: string; zh: string; en: string; price: number };
export type Customer = { id: string; zh: string; en: string; tail: string };

declare const PRODUCTS: Product[];
declare const CUSTOMERS: Customer[];

const SHOWN = [
  "P1001", "P1206", "P1301", "P1402", "P1101", "P1305", "P1502", "P1204", "P1403", "P1003", "P1503", "P1304",
];

export const products = SHOWN.map((sku) => PRODUCTS.find((one) => one.sku === sku)).filter((one) => one !== undefined);
export const customers = ["C001", "C002", "C004", "C005"]
  .map((id) => CUSTOMERS.find((one) => one.id === id))
  .filter((one) => one !== undefined);

export type Question = { about: string; ask: string };

export const words = {
  zh: {
    name: "柜台",
    nav: ["新品", "数码", "家电", "服饰", "门店"],
    lead: "好东西，\n有人照应。",
    sub: "耳机、家电、衣物和咖啡豆。买前问一句，买后问一句，随时都有回音。",
    shop: "看看新品",
    chat: "问问客服",
    tryTitle: "这是一间演示店铺",
    tryText: "店里的订单都是虚构的。点一句话，看看客服怎么回答：",
    questions: [
      { about: "查物流", ask: "GT2600010042 到哪了？手机尾号 8812" },
      { about: "退货", ask: "空气炸锅 GT2600010043 想退，尾号 8812" },
      { about: "门店", ask: "大年初一南京路店几点开门？" },
      { about: "人工", ask: "转人工" },
    ],
    tryMore: "查订单要报订单号和下单手机号的后四位；登录演示顾客后就不用再报。",
    phone: "演示手机",
    phoneText: "收到的验证码",
    signIn: "登录",
    signInAs: "以演示顾客的身份登录",
    signOut: "退出",
    tail: "尾号",
    failed: "暂时登录不了，请稍后再试。",
    goods: "本季好物",
    ask: "咨询",
    askAbout: "{name}还有货吗？",
    promises: [
      ["七天无理由", "大多数商品签收七天内可退"],
      ["满 99 元包邮", "中国大陆，偏远地区除外"],
      ["八家门店", "上海、北京、成都、深圳、杭州、香港"],
      ["人工在线", "随时可以转人工，不用重复说明"],
    ],
    foot: "Guitai 柜台是一套开源的零售客服框架，本页供您试用。",
    other: "English",
  },
  en: {
    name: "Guitai",
    nav: ["New", "Tech", "Home", "Clothing", "Stores"],
    lead: "Good things,\nwell looked after.",
    sub: "Headphones, kitchen things, warm jackets and coffee. Ask before you buy, ask after: somebody answers.",
    shop: "See what is new",
    chat: "Ask us",
    tryTitle: "This is a demo shop",
    tryText: "Its orders are made up. Pick a sentence and see what the assistant answers:",
    questions: [
      { about: "Delivery", ask: "Where is GT2600010042? The phone ends in 8812" },
      { about: "Return", ask: "I want to return GT2600010043, phone ending 8812" },
      { about: "Stores", ask: "Is the Nanjing Road store open on Sunday?" },
      { about: "A person", ask: "I would like to talk to a person" },
    ],
    tryMore: "An order opens with its number and the last four digits of the phone; signed in as a demo customer you need neither.",
    phone: "Demo phone",
    phoneText: "one-time codes received",
    signIn: "Sign in",
    signInAs: "Sign in as a demo customer",
    signOut: "Sign out",
    tail: "phone ends in",
    failed: "Signing in does not work right now. Please try later.",
    goods: "This season",
    ask: "Ask",
    askAbout: "Do you have the {name} in stock?",
    promises: [
      ["7 days to return", "no reason needed, for most goods"],
      ["Free delivery from ¥99", "mainland China, remote areas excepted"],
      ["Eight stores", "Shanghai, Beijing, Chengdu, Shenzhen, Hangzhou, Hong Kong"],
      ["People are here", "ask for a person any time and repeat nothing"],
    ],
    foot: "Guitai is an open framework for customer service in retail. This page is for trying it out.",
    other: "中文",
  },
} as const satisfies Record<Language, unknown>;

export type Words = (typeof words)[Language];
