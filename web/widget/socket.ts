/** The usual way to the server. Tokens ride in frames, never in an address. */

import type { Hello } from "../shared/protocol.ts";
import type { Heard, Transport } from "./connection.ts";

export function openSocket(address: string, hello: Hello, heard: Heard): Transport {
  const socket = new WebSocket(address);
  socket.onopen = () => socket.send(JSON.stringify(hello));
  socket.onmessage = (event: MessageEvent<unknown>) => heard.text(String(event.data));
  socket.onclose = (event) => heard.closed(event.code);
  return {
    send(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close() {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}
