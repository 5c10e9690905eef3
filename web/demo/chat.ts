/** How a shop's page speaks to the widget: calls made before the script is there wait in `q`. */

type Api = { (...call: string[]): void; q?: string[][] };

const page = window as { Guitai?: Api };

function waiting(): Api {
  const calls: string[][] = [];
  const api: Api = (...call) => calls.push(call);
  api.q = calls;
  return api;
}

page.Guitai ??= waiting();

export function chat(...call: string[]): void {
  page.Guitai?.(...call);
}

/** The shop's own server signs who is signed in; the widget gets no more than that. */
export async function signIn(customerId: string): Promise<void> {
  const response = await fetch("/demo/sign-in", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ customer_id: customerId }),
  });
  if (!response.ok) throw new Error(`the server answers ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  chat("identify", token);
}
