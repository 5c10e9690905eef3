import { useEffect, useRef, useState } from "preact/hooks";

import type { Language } from "../shared/protocol.ts";
import { chat, signIn } from "./chat.ts";
import { type Customer, customers, type Words } from "./facts.ts";

/** The signed-in customer is kept for this tab, as a shop's session would keep them. */
const KEPT = "demo.customer";

export function SignIn({ words, language }: { words: Words; language: Language }) {
  const [customer, setCustomer] = useState<Customer | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [fault, setFault] = useState("");
  const box = useRef<HTMLDivElement>(null);

  const enter = async (one: Customer) => {
    setOpen(false);
    try {
      await signIn(one.id);
      sessionStorage.setItem(KEPT, one.id);
      setCustomer(one);
      setFault("");
    } catch {
      setFault(words.failed);
    }
  };
  const leave = () => {
    sessionStorage.removeItem(KEPT);
    setCustomer(null);
    chat("logout");
  };
  useEffect(() => {
    const known = customers.find((one) => one.id === sessionStorage.getItem(KEPT));
    if (known) void enter(known);
  }, []);
  useEffect(() => {
    if (!isOpen) return undefined;
    const away = (event: Event) => !box.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [isOpen]);

  if (customer) {
    return (
      <div class="account">
        <span>{customer[language]}</span>
        <button type="button" class="quiet" onClick={leave}>
          {words.signOut}
        </button>
      </div>
    );
  }
  return (
    <div class="account" ref={box} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {words.signIn}
      </button>
      {isOpen && (
        <div class="people">
          <p>{words.signInAs}</p>
          {customers.map((one) => (
            <button type="button" key={one.id} onClick={() => void enter(one)}>
              <span>{one[language]}</span>
              <small>
                {words.tail} {one.tail}
              </small>
            </button>
          ))}
        </div>
      )}
      {fault && <p role="alert">{fault}</p>}
    </div>
  );
}
