/** What every screen of the staff's says: signing in, roles, wishes. */

import type { Language } from "../protocol.ts";

const zh = {
  product: "柜台",
  signIn: "登录",
  account: "账号",
  password: "密码",
  code: "动态验证码",
  codeHint: "已启用两步验证的账号填写 6 位动态码",
  signingIn: "正在登录…",
  signInFailed: "没能登录，请检查网络后再试。",
  demoAccounts: "演示账号",
  demoHint: "点一下即可填好账号和密码",
  role_agent: "客服",
  role_supervisor: "主管",
  role_editor: "内容编辑",
  role_reviewer: "内容审核",
  role_admin: "管理员",
  language: "English",
  theme_system: "外观：跟随系统",
  theme_light: "外观：浅色",
  theme_dark: "外观：深色",
  signOut: "退出登录",
  menu: "我的菜单",
  cancel: "取消",
  dismiss: "知道了",
};

export type StaffName = keyof typeof zh;

const en: Record<StaffName, string> = {
  product: "Guitai",
  signIn: "Sign in",
  account: "Account",
  password: "Password",
  code: "Authenticator code",
  codeHint: "The 6 digits, for accounts with two-step sign-in",
  signingIn: "Signing in…",
  signInFailed: "Could not sign in. Check the network and try again.",
  demoAccounts: "Demo accounts",
  demoHint: "One click fills in name and password",
  role_agent: "Agent",
  role_supervisor: "Supervisor",
  role_editor: "Content editor",
  role_reviewer: "Content reviewer",
  role_admin: "Administrator",
  language: "中文",
  theme_system: "Appearance: system",
  theme_light: "Appearance: light",
  theme_dark: "Appearance: dark",
  signOut: "Sign out",
  menu: "My menu",
  cancel: "Cancel",
  dismiss: "Dismiss",
};

export const staff = { zh, en };
export type Values = Record<string, string | number>;

/** A text with its `{names}` filled in. */
export function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/gu, (whole, key: string) => String(values[key] ?? whole));
}

/** The first of the languages preferred that we speak. */
export function preferred(languages: readonly string[]): Language {
  for (const tag of languages) {
    if (/^zh\b/iu.test(tag)) return "zh";
    if (/^en\b/iu.test(tag)) return "en";
  }
  return "en";
}
