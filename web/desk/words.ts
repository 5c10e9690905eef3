/** Words for the names that the server sends: reasons, wishes, facts, statuses. An unknown name is shown as it is. */

import type { Both, Language } from "../shared/protocol.ts";
import { INTENTS } from "../shared/staff/intents.ts";

type Book = Record<string, Both>;
const both = (zh: string, en: string): Both => ({ zh, en });

const REASONS: Book = {
  asked: both("要求人工", "Asked for a person"),
  complaint: both("投诉", "Complaint"),
  not_understood: both("机器人没听懂", "Not understood"),
  above_authority: both("超出机器人权限", "Above the bot's limit"),
  action_down: both("系统办理失败", "System failed"),
  distress: both("客户情绪激动", "In distress"),
  vip: both("重要客户", "Important customer"),
  message: both("留言", "Message left"),
  left_message: both("留言", "Message left"),
};
const PRIORITIES: Book = { urgent: both("紧急", "Urgent"), high: both("优先", "High"), normal: both("普通", "Normal") };
const CHANNELS: Book = {
  web: both("网页", "Web"),
  telegram: both("Telegram", "Telegram"),
  wechat: both("微信", "WeChat"),
  wechat_kf: both("微信客服", "WeChat kf"),
  wechat_mini: both("小程序", "Mini program"),
  email: both("邮件", "Email"),
  rest: both("接口", "API"),
  callback: both("接口", "API"),
  console: both("终端", "Terminal"),
};
const LINKS: Book = {
  code: both("绑定码", "link code"),
  sign_in: both("登录", "sign-in"),
  phone: both("手机验证", "phone"),
};
const TIERS: Book = { regular: both("普通会员", "Regular"), silver: both("银卡", "Silver"), gold: both("金卡", "Gold") };
const MOODS: Book = {
  unhappy: both("不满", "Unhappy"),
  angry: both("生气", "Angry"),
  legal_threat: both("扬言追责", "Threatens legal steps"),
  distressed: both("情绪崩溃", "Distressed"),
};
const SOURCES: Book = {
  customer: both("客户说的", "Customer"),
  button: both("客户点选", "Chosen"),
  shop: both("订单系统", "Shop"),
  earlier: both("以前的对话", "Earlier"),
  person: both("同事", "A colleague"),
  profile: both("客户资料", "Profile"),
};
const FACTS: Book = {
  order_number: both("订单号", "Order number"),
  tracking_number: both("运单号", "Tracking number"),
  phone: both("手机号", "Phone"),
  phone_tail: both("手机尾号", "Phone ends in"),
  email: both("邮箱", "Email"),
  name: both("姓名", "Name"),
  address: both("地址", "Address"),
  rma: both("退货单号", "Return number"),
  amount: both("金额", "Amount"),
  amount_cny: both("金额", "Amount"),
  date: both("日期", "Date"),
  time: both("时间", "Time"),
  store: both("门店", "Store"),
  city: both("城市", "City"),
  product: both("商品", "Product"),
  category: both("品类", "Category"),
  size: both("尺码", "Size"),
  service: both("服务", "Service"),
  reason: both("原因", "Reason"),
  return_reason: both("退货原因", "Return reason"),
  payment_method: both("支付方式", "Payment"),
  payment: both("退回到", "Goes back to"),
  region: both("配送区域", "Region"),
  delivered_on: both("签收日期", "Delivered"),
  items: both("商品", "Items"),
  item: both("商品", "Item"),
  verdict: both("按规则", "By the rules"),
  postage_paid_by: both("运费承担", "Postage paid by"),
  last_day: both("最后期限", "Last day"),
  approver: both("需批准", "Approver"),
  status: both("状态", "Status"),
  shop_answer: both("系统答复", "Shop's answer"),
  carrier: both("承运商", "Carrier"),
  expected_on: both("预计送达", "Expected"),
  last_scan: both("最近轨迹", "Last scan"),
  days_without_scan: both("无轨迹天数", "Days without a scan"),
  carrier_claim_open: both("已向承运商索赔", "Carrier claim open"),
  complaint: both("投诉内容", "Complaint"),
  sku: both("货号", "SKU"),
  quantity: both("数量", "Quantity"),
  paid_cny: both("实付", "Paid"),
  opened: both("已拆封", "Opened"),
  skill: both("正在办理", "At work on"),
  question: both("问到", "Was asking"),
  wish: both("想要", "Wants"),
};
const VALUES: Book = {
  no_reason: both("七天无理由", "Change of mind"),
  quality: both("质量问题", "Faulty"),
  wrong_item: both("发错商品", "Wrong item"),
  size: both("尺码不合适", "Wrong size"),
  wechat_pay: both("微信支付", "WeChat Pay"),
  alipay: both("支付宝", "Alipay"),
  unionpay: both("银联", "UnionPay"),
  gift_card: both("礼品卡", "Gift card"),
  visa: both("Visa", "Visa"),
  mastercard: both("Mastercard", "Mastercard"),
  eligible: both("符合规则", "Within the rules"),
  partly: both("部分符合", "Partly within the rules"),
  too_late: both("超过期限", "Too late"),
  not_returnable: both("不可退", "Not returnable"),
  not_delivered: both("尚未签收", "Not delivered yet"),
  customer: both("客户", "Customer"),
  shop: both("商家", "Shop"),
  supervisor: both("主管", "Supervisor"),
  agent: both("客服", "Agent"),
  bot: both("机器人", "Bot"),
  same_city: both("同城", "Same city"),
  mainland: both("内地", "Mainland"),
  remote: both("偏远地区", "Remote"),
  hong_kong: both("香港", "Hong Kong"),
  true: both("是", "Yes"),
  false: both("否", "No"),
};
const STATUSES: Book = {
  pending_payment: both("待付款", "Awaiting payment"),
  paid: both("待发货", "Paid"),
  packing: both("打包中", "Packing"),
  shipped: both("运输中", "On its way"),
  out_for_delivery: both("派送中", "Out for delivery"),
  delayed: both("延误", "Delayed"),
  lost: both("疑似丢件", "Lost"),
  ready_for_pickup: both("待自提", "Ready for pickup"),
  delivered: both("已签收", "Delivered"),
  installation_scheduled: both("待安装", "Installation booked"),
  return_in_progress: both("退货中", "Return in progress"),
  returned: both("已退货", "Returned"),
  cancelled: both("已取消", "Cancelled"),
};
const STEPS: Book = {
  apologise_first: both("先致歉，再处理", "Apologise first"),
  write_when_open: both("客户在非服务时间留言，请主动回复", "Left outside hours: write to the customer"),
  ask_for_proof: both("客户身份尚未核实，涉及订单前先核实", "Identity not proven: check it before speaking of orders"),
  decide_above_bot_limit: both("机器人无权批准，请您决定", "Decide what the bot may not"),
  do_what_failed: both("补办系统没有办成的事", "Do what the system could not"),
  read_last_messages: both("看最后几条消息，弄清客户想要什么", "Read the last messages to see what is wanted"),
  give_first_reply_in_time: both("在承诺时限内首次回复", "Give the first reply in time"),
  take_over_now: both("马上接待", "Take over at once"),
  check_open_returns: both("查看未完成的退货", "Check the open returns"),
};
/** How sure we are who this is, and what that opens. */
const PROOFS: Book = {
  signed_in: both("已登录", "Signed in"),
  one_time_code: both("验证码已核实", "One-time code shown"),
  order_digits: both("订单号 + 手机尾号", "Order number + phone digits"),
  nothing: both("未核实", "Not proven"),
};
const CATEGORIES: Book = {
  delivery: both("物流配送", "Delivery"),
  order_change: both("修改、取消订单", "Change or cancel an order"),
  return_exchange: both("退货换货", "Return or exchange"),
  refund: both("退款", "Refund"),
  product: both("商品咨询", "Product question"),
  payment: both("支付与发票", "Payment and invoice"),
  warranty: both("保修维修", "Warranty and repair"),
  membership: both("会员积分", "Membership"),
  complaint: both("投诉", "Complaint"),
  other: both("其他", "Other"),
};

const CATEGORY_OF: Record<string, string> = {
  track_order: "delivery",
  delivery_delayed: "delivery",
  parcel_lost: "delivery",
  pickup_code: "delivery",
  installation_visit: "delivery",
  shipping_cost: "delivery",
  cancel_order: "order_change",
  change_address: "order_change",
  gift_wrap: "order_change",
  return_item: "return_exchange",
  exchange_item: "return_exchange",
  refund_progress: "refund",
  price_protection: "refund",
  check_stock: "product",
  product_price: "product",
  promotions: "product",
  find_store: "product",
  store_hours: "product",
  payment_options: "payment",
  invoice: "payment",
  warranty_repair: "warranty",
  membership_points: "membership",
  complaint: "complaint",
};
/** What moves a talk along without being a wish of its own. */
const THREAD = new Set([
  "greet", "goodbye", "thanks", "affirm", "deny", "stop", "inform", "correct", "human", "nlu_fallback", "out_of_scope",
  "bot_challenge", "capabilities",
]);

const BOOKS = {
  reason: REASONS,
  priority: PRIORITIES,
  channel: CHANNELS,
  link: LINKS,
  tier: TIERS,
  mood: MOODS,
  source: SOURCES,
  wish: INTENTS,
  fact: FACTS,
  value: VALUES,
  status: STATUSES,
  step: STEPS,
  proof: PROOFS,
  category: CATEGORIES,
};

export function word(book: keyof typeof BOOKS, name: string, language: Language): string {
  const found = BOOKS[book][name];
  if (found) return found[language];
  if (book === "wish" && name.startsWith("faq/")) {
    return `${language === "zh" ? "常见问题" : "FAQ"} · ${spaced(name.slice(4))}`;
  }
  return spaced(name);
}

export function names(book: keyof typeof BOOKS): string[] {
  return Object.keys(BOOKS[book]);
}

/** The wish that a talk is about: the last that is more than a yes, a no or a number. */
export function mainWish(wants: readonly string[]): string | null {
  return wants.findLast((name) => !THREAD.has(name)) ?? null;
}

/** The wrap-up's category that a talk's wishes suggest. */
export function categoryOf(wants: readonly string[], reason: string): string {
  const wish = mainWish(wants);
  return (wish && CATEGORY_OF[wish]) || (reason === "complaint" ? "complaint" : "other");
}

function spaced(name: string): string {
  return name.replaceAll("_", " ");
}
