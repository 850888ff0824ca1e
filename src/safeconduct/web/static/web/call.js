/* The pager's sound: two short tones every five seconds while somebody is being called here. */
"use strict";
(() => {
  let audio = null;
  const tone = (from_s) => {
    const voice = audio.createOscillator();
    const loud = audio.createGain();
    voice.frequency.value = 880;
    loud.gain.value = 0.2;
    voice.connect(loud).connect(audio.destination);
    voice.start(audio.currentTime + from_s);
    voice.stop(audio.currentTime + from_s + 0.25);
  };
  const ring = () => {
    if (!document.querySelector("[data-sound]")) return;
    audio = audio || new AudioContext(); // silent until the first key or click: browsers wish it so
    tone(0);
    tone(0.4);
  };
  setInterval(ring, 5000);
  ring();
})();
