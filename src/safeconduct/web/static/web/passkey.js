/* Passkeys: a form that asks for one waits for the touch, carries the answer in a field, and goes.
   data-challenge: sign one act or sign in, answer in `assertion`. data-enrol: make a passkey, answer in `credential`. */
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const keys = (ids) => ids.map((id) => ({ type: "public-key", id: bytes(id) }));
  const plain = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment, clientExtensionResults: {},
    });
  };

  const touch = (form) =>
    navigator.credentials.get({
      publicKey: {
        challenge: bytes(form.dataset.challenge),
        rpId: form.dataset.rp,
        allowCredentials: keys((form.dataset.credentials || "").split(" ").filter(Boolean)),
        userVerification: "required",
      },
    });
  const make = (form) => {
    const told = JSON.parse(form.dataset.enrol);
    return navigator.credentials.create({
      publicKey: {
        ...told,
        challenge: bytes(told.challenge),
        user: { ...told.user, id: bytes(told.user.id) },
        excludeCredentials: keys((told.excludeCredentials || []).map((each) => each.id)),
      },
    });
  };

  const say = (form, which) => {
    const line = form.querySelector(`[data-says="${which}"]`);
    form.querySelectorAll("[data-says]").forEach((each) => { each.hidden = each !== line; });
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const enrols = "enrol" in form.dataset;
    if (!enrols && !form.dataset.challenge) return;
    const field = form.elements[enrols ? "credential" : "assertion"];
    if (field.value) return; // the answer is there: let the form go
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!navigator.credentials) return say(form, "no-passkeys");
    form.dataset.busy = "";
    say(form, "touch");
    try {
      field.value = plain(await (enrols ? make(form) : touch(form)));
      form.requestSubmit(event.submitter || undefined);
    } catch {
      say(form, "not-touched"); // the browser tells no more than that, on purpose
    } finally {
      delete form.dataset.busy;
    }
  }, true);
})();
