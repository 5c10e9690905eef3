import type { ComponentChildren } from "preact";

import { Dialog } from "../../shared/staff/Dialog.tsx";
import { useScreen } from "./screen.ts";

/** A window over the desk; there is one at a time. */
export function Window(props: { title: string; size?: "wide"; children: ComponentChildren }) {
  const { say, show } = useScreen();
  return <Dialog {...props} shutLabel={say("cancel")} shut={() => show(null)} />;
}
