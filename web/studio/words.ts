/** Words for the names that the server sends: topics, categories, channels. An unknown name is shown as it is. */

import type { Both, Language } from "../shared/protocol.ts";
import { INTENTS } from "../shared/staff/intents.ts";

type Book = Record<string, Both>;
const both = (zh: string, en: string): Both => ({ zh, en });

const TOPICS: Book = {
  delivery: both("配送", "Delivery"),
  installation: both("安装", "Installation"),
  invoice: both("发票", "Invoices"),
  membership: both("会员", "Membership"),
  orders: both("订单", "Orders"),
  payment: both("支付", "Payment"),
  promotions: both("优惠", "Offers"),
  refunds: both("退款", "Refunds"),
  returns: both("退换货", "Returns"),
  service: both("服务", "Service"),
  warranty: both("保修", "Warranty"),
  always: both("通用话术", "Courtesies"),
  system: both("系统话术", "System texts"),
  access: both("身份核实", "Identity"),
  mood: both("情绪安抚", "Moods"),
  web: both("网页欢迎语", "Web widget"),
  wording: both("措辞", "Wording"),
};
export const CATEGORIES: Book = {
  delivery: both("物流", "Delivery"),
  order_change: both("订单修改", "Order change"),
  return_exchange: both("退换货", "Return or exchange"),
  refund: both("退款", "Refund"),
  product: both("商品咨询", "Product question"),
  payment: both("支付", "Payment"),
  warranty: both("保修维修", "Warranty"),
  membership: both("会员", "Membership"),
  complaint: both("投诉", "Complaint"),
  other: both("其他", "Other"),
};
const CHANNELS: Book = {
  web: both("网页", "Web"),
  wechat: both("微信", "WeChat"),
  telegram: both("Telegram", "Telegram"),
  email: both("邮件", "Email"),
  rest: both("接口", "API"),
  callback: both("接口（回调）", "API (callback)"),
  console: both("终端", "Terminal"),
};
/** Those that are no wish of a customer's. */
const SKILLS: Book = {
  link_account: both("绑定账号", "Link an account"),
  unlink_account: both("解除绑定", "Unlink an account"),
};
const BOOKS = { topic: TOPICS, category: CATEGORIES, channel: CHANNELS };
/** Those that an answer may be written for, where the server names none. */
export const USUAL_CHANNELS = ["web", "wechat", "telegram", "rest"];

export function word(book: keyof typeof BOOKS, name: string, language: Language): string {
  const bare = name.replace(/^skills\//u, "");
  const known = bare === name ? BOOKS[book][name] : (SKILLS[bare] ?? INTENTS[bare]);
  return known?.[language] ?? bare.replaceAll("_", " ");
}

/** A title as the server has it: in both languages, in one, or none. */
export function titleOf(title: Both | string | null | undefined, key: string, language: Language): string {
  if (typeof title === "string" && title) return title;
  const both = typeof title === "object" ? title : null;
  return both?.[language] || both?.zh || both?.en || key.replace(/^faq\//u, "").replaceAll("_", " ");
}
