import type { ComponentChildren } from "preact";

import { Dialog } from "../../shared/staff/Dialog.tsx";
import { useScreen } from "./screen.ts";

/** A window over the studio. */
export function Window(props: { title: string; size?: "wide"; shut?(): void; children: ComponentChildren }) {
  const { say, show } = useScreen();
  return <Dialog {...props} shutLabel={say("close")} shut={props.shut ?? (() => show(null))} />;
}
