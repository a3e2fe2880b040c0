// The page of muscle-viewer --web: shows the pictures that arrive, and sends pointer, keys, text and files back.
"use strict";

const canvas = document.getElementById("picture");
const message = document.getElementById("message");
const context = canvas.getContext("2d", { alpha: false });
const token = new URLSearchParams(location.search).get("token") ?? "";
const RETRY = 1000; // ms
let socket = null;
let latest = 0; // number of the newest picture that arrived

function send(event) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/socket?token=${encodeURIComponent(token)}`);
  socket.binaryType = "arraybuffer";
  let opened = false;
  socket.onopen = () => {
    opened = true;
    message.textContent = "";
    latest = 0;
    sendSize();
  };
  socket.onmessage = ({ data }) => (typeof data === "string" ? hear(JSON.parse(data)) : show(data));
  socket.onclose = async () => {
    const answer = opened ? null : await fetch(location.href, { cache: "no-store" }).catch(() => null);
    message.textContent =
      answer?.status === 403
        ? "The viewer was started anew, and has printed another address to open."
        : "The viewer does not answer; trying again…";
    setTimeout(connect, RETRY);
  };
}

function hear(said) {
  if (said.type === "title" && said.text) document.title = `${said.text} - Muscle Viewer`;
  if (said.type === "copied") navigator.clipboard?.writeText(said.text).catch(() => {});
}

async function show(data) {
  const number = new DataView(data).getUint32(0, true);
  latest = Math.max(latest, number);
  const picture = await createImageBitmap(new Blob([new Uint8Array(data, 4)], { type: "image/jpeg" }));
  if (number === latest) {
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      canvas.width = picture.width;
      canvas.height = picture.height;
    }
    context.drawImage(picture, 0, 0);
    canvas.dataset.number = number;
  }
  picture.close();
  send({ type: "shown", number });
}

function sendSize() {
  const [width, height] = [Math.round(innerWidth), Math.round(innerHeight)];
  send({ type: "size", width, height, density: devicePixelRatio });
}

// The page has come to a screen with other pixels, or was zoomed.
function watchDensity() {
  const present = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  present.addEventListener("change", () => (sendSize(), watchDensity()), { once: true });
}

// Where a pointer is on the picture, which keeps its proportions on the page.
function place(event) {
  const box = canvas.getBoundingClientRect();
  const scale = Math.min(box.width / canvas.width, box.height / canvas.height);
  return {
    x: (event.clientX - box.left - (box.width - scale * canvas.width) / 2) / scale,
    y: (event.clientY - box.top - (box.height - scale * canvas.height) / 2) / scale,
  };
}

function modifiers(event) {
  return { ctrl: event.ctrlKey, shift: event.shiftKey, alt: event.altKey, super: event.metaKey };
}

function pointer(event, down) {
  event.preventDefault();
  canvas.focus();
  if (down) canvas.setPointerCapture(event.pointerId);
  send({ type: "move", ...place(event) });
  send({ type: "button", button: event.button, down, ...modifiers(event) });
}

function key(event, down) {
  const pastes = (event.ctrlKey || event.metaKey) && event.code === "KeyV";
  if (pastes) return; // its text comes with the paste event
  event.preventDefault();
  if (event.repeat) return;
  send({ type: "key", code: event.code, down, ...modifiers(event) });
  const isText = down && [...event.key].length === 1 && !event.ctrlKey && !event.metaKey;
  if (isText) send({ type: "text", text: event.key });
}

async function drop(event) {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (!file) return;
  message.textContent = `Sending ${file.name}…`;
  const query = new URLSearchParams({ token, name: file.name });
  const answer = await fetch(`drop?${query}`, { method: "POST", body: file }).catch(() => null);
  message.textContent = answer?.ok ? "" : `${file.name} could not be sent.`;
}

canvas.addEventListener("pointerdown", (event) => pointer(event, true));
canvas.addEventListener("pointerup", (event) => pointer(event, false));
canvas.addEventListener("pointermove", (event) => send({ type: "move", ...place(event) }));
canvas.addEventListener("pointerleave", () => send({ type: "leave" }));
canvas.addEventListener("contextmenu", (event) => event.preventDefault());
canvas.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 3 : 100; // lines or pixels of a notch
    send({ type: "wheel", x: -event.deltaX / unit, y: -event.deltaY / unit });
  },
  { passive: false },
);
addEventListener("keydown", (event) => key(event, true));
addEventListener("keyup", (event) => key(event, false));
addEventListener("paste", (event) => send({ type: "paste", text: event.clipboardData.getData("text") }));
addEventListener("blur", () => send({ type: "leave" }));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", drop);
addEventListener("resize", sendSize);
canvas.focus();
watchDensity();
connect();
