/** A soft tone for a line that nobody is looking at. Browsers let it sound after the first touch or key. */

let context: AudioContext | undefined;

export function allowSound(): void {
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, () => (context ??= new AudioContext()), { once: true });
  }
}

export function chime(): void {
  if (context?.state !== "running") return;
  const loudness = new GainNode(context, { gain: 0.08 });
  loudness.gain.setTargetAtTime(0, context.currentTime, 0.12);
  const tone = new OscillatorNode(context, { frequency: 880 });
  tone.connect(loudness).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.6);
}
