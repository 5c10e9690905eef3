/** Notices of the desktop: off until the agent switches them on and the browser agrees. */

export function mayNotify(): boolean {
  return "Notification" in globalThis && Notification.permission === "granted";
}

/** Asks the browser, which asks the agent once. */
export async function canNotify(): Promise<boolean> {
  if (!("Notification" in globalThis)) return false;
  return (await Notification.requestPermission()) === "granted";
}

/** One notice per conversation at a time: a newer one takes the place of the older. */
export function notify(title: string, body: string, conversation: string, press: () => void): void {
  const notice = new Notification(title, { body: body.slice(0, 140), tag: conversation });
  notice.onclick = () => {
    window.focus();
    press();
    notice.close();
  };
}
