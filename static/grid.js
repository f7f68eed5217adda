// The grid as a spreadsheet: keys move, a block from Excel or LibreOffice is pasted, each cell is saved as it is left.
// Without this script the page is a plain form with one button.
const form = document.getElementById("grid");
if (form) start(form);

function start(form) {
  const status = document.getElementById("grid-status");
  const left = document.getElementById("grid-left");
  const words = [...document.querySelectorAll("#grid-words option")].map((option) => option.value);
  const rows = [...form.querySelectorAll("tbody tr")];
  // One list of inputs a row, a place for each column: null where the cell is only read.
  const cells = rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.querySelector("input[name^='v-']")));
  const places = new Map();
  cells.forEach((inputs, row) => inputs.forEach((input, column) => input && places.set(input, [row, column])));
  const waiting = new Set(); // changed and not yet taken by the server
  const refused = new Map(); // the value of a cell that the server did not take: not sent again as it is
  let sending = null;
  let isSignedOut = false;
  let timer = 0;

  for (const note of form.querySelectorAll("[data-with-script]")) note.hidden = false;
  for (const input of places.keys()) if (isChanged(input)) waiting.add(input);
  rows.forEach(lock);

  form.addEventListener("keydown", onKey);
  form.addEventListener("paste", onPaste);
  form.addEventListener("focusin", (event) => places.has(event.target) && event.target.select());
  form.addEventListener("change", onChange);
  document.getElementById("send")?.addEventListener("submit", onSend);
  window.addEventListener("online", () => save(true));
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size && !form.dataset.leaving) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (isSignedOut) { // the form's mark of the session is an old one; `save` asks for another
      event.preventDefault();
      save(true);
    } else {
      form.dataset.leaving = "yes";
    }
  });

  function seen(input) {
    return form.elements[input.name.replace("v-", "s-")];
  }

  function isChanged(input) {
    return tidy(input.value) !== seen(input).value || input.getAttribute("aria-invalid") === "true";
  }

  function nameOf(input) {
    const [row, column] = places.get(input);
    const header = document.getElementById(input.getAttribute("aria-labelledby").split(" ")[1]);
    return `${rows[row].dataset.name}, ${header ? header.textContent.toLowerCase() : column + 1}`;
  }

  // --- moving ---------------------------------------------------------------------------------------------

  function onKey(event) {
    const input = event.target;
    if (!places.has(input) || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key === "Enter") {
      event.preventDefault(); // it moves on and does not press the button
      commit(input);
      move(input, event.shiftKey ? -1 : 1, 0);
    } else if (event.key === "Escape") {
      input.value = seen(input).value;
      commit(input);
      input.select();
    } else if (event.key in steps && !event.shiftKey && leaves(input, event.key)) {
      event.preventDefault();
      move(input, ...steps[event.key]);
    }
  }

  // Left and right move the caret inside a text first; from its end, or with the whole text chosen, to the next cell.
  function leaves(input, key) {
    const { selectionStart: start, selectionEnd: end, value } = input;
    const isWhole = start === 0 && end === value.length;
    if (key === "ArrowLeft") return isWhole || (start === 0 && end === 0);
    if (key === "ArrowRight") return isWhole || (start === value.length && end === value.length);
    return true;
  }

  function move(input, down, right) {
    let [row, column] = places.get(input);
    for (;;) {
      row += down;
      column += right;
      if (!cells[row] || column < 0 || column >= cells[row].length) return;
      if (cells[row][column]) return cells[row][column].focus();
    }
  }

  // --- pasting --------------------------------------------------------------------------------------------

  function onPaste(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!places.has(event.target) || !/[\t\r\n]/.test(text.replace(/\r?\n$/, ""))) return pasteOne(event, text);
    event.preventDefault();
    const [top, start] = places.get(event.target);
    const beyond = [];
    let used = 0;
    parse(text).forEach((values, down) => {
      const rest = values.map((value, right) => {
        const input = cells[top + down]?.[start + right];
        if (!input || input.readOnly) return value;
        input.value = value;
        commit(input);
        used += 1;
        return "";
      });
      if (rest.some((value) => value.trim())) beyond.push(rest);
    });
    report(used, beyond);
    save();
  }

  // One cell copied from a spreadsheet ends with a line break; it replaces the whole value.
  function pasteOne(event, text) {
    if (!places.has(event.target) || event.target.readOnly || !/\r?\n$/.test(text)) return;
    event.preventDefault();
    event.target.value = parse(text)[0][0];
    commit(event.target);
  }

  function report(used, beyond) {
    const count = beyond.flat().filter((value) => value.trim()).length;
    left.hidden = count === 0;
    say(`Đã dán ${used} ô${count ? `, ${count} giá trị chưa dùng` : ""}.`);
    if (!count) return;
    left.querySelector("[data-text]").textContent =
      `${count} giá trị đã dán nằm ngoài bảng hoặc ở hàng chỉ xem, chưa dùng. Kiểm tra lại ô bắt đầu.`;
    left.querySelector("textarea").value = beyond.map((values) => values.map(quoted).join("\t")).join("\n");
  }

  // --- saving ---------------------------------------------------------------------------------------------

  function onChange(event) {
    const field = event.target;
    if (places.has(field)) {
      commit(field);
    } else if (field.name.startsWith("choice-")) {
      waiting.add(form.elements[field.name.replace("choice-", "v-")]);
      save(true);
    } else {
      if (field.name.startsWith("c-")) lock(field.closest("tr"));
      save(true); // the tick or the letter: what waits for it is tried again
    }
  }

  // A cell is left: "đ", "cđ" are written out; what differs from what is stored is to be saved.
  function commit(input) {
    const short = initials(input.value);
    const word = words.find((one) => initials(initialsOf(one)) === short);
    if (word) input.value = word;
    if (isChanged(input)) {
      waiting.add(input);
      note(input, "đang chờ lưu");
    } else {
      waiting.delete(input);
    }
    clearTimeout(timer);
    timer = setTimeout(save, 150);
  }

  // `again`: also what was refused as it stands, because something beside it changed.
  async function save(again = false) {
    clearTimeout(timer);
    if (sending) return;
    if (again) refused.clear();
    const taken = new Map();
    for (const input of waiting) if (refused.get(input) !== input.value) taken.set(input, input.value);
    if (!taken.size) return;
    sending = ask(taken);
    const answer = await sending.catch(() => "mất kết nối. Giá trị còn trong ô; có mạng thì chọn “Lưu”");
    sending = null;
    if (typeof answer === "string") return say(`Chưa lưu được: ${answer}.`);
    show(answer, taken);
    save();
  }

  async function ask(taken, isSecond = false) {
    const answer = await fetch(form.dataset.cells, { method: "POST", body: bodyOf(taken), redirect: "manual" });
    isSignedOut = answer.type === "opaqueredirect" || answer.status === 403;
    if (answer.ok) return answer.json();
    if (isSignedOut && !isSecond && (await renew())) return ask(taken, true);
    return isSignedOut
      ? "hết phiên làm việc. Đăng nhập ở một thẻ khác, rồi chọn “Lưu” tại đây"
      : "máy chủ không nhận. Giá trị còn trong ô; chọn “Lưu” để lưu lại";
  }

  // After signing in again, in another tab, the page needs the new mark of the session.
  async function renew() {
    const page = await fetch(location.href, { redirect: "manual" });
    const found = page.ok && (await page.text()).match(/name="csrfmiddlewaretoken" value="(\w+)"/);
    for (const field of found ? document.querySelectorAll("[name=csrfmiddlewaretoken]") : []) field.value = found[1];
    return Boolean(found);
  }

  function bodyOf(taken) {
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "checklist", "letter_number", "letter_on"]) {
      if (form.elements[name]) body.append(name, form.elements[name].value);
    }
    for (const [input, value] of taken) {
      const tail = input.name.slice(2);
      body.append(input.name, value);
      body.append(`s-${tail}`, seen(input).value);
      const choice = form.querySelector(`input[name="choice-${tail}"]:checked`);
      if (choice) body.append(choice.name, choice.value);
      const tick = form.elements[`c-${tail.split("-")[0]}`];
      if (tick?.checked) body.set(tick.name, tick.value);
    }
    return body;
  }

  function show(answer, taken) {
    let saved = 0;
    const wrong = [];
    for (const [input, value] of taken) {
      const [unit, number] = input.name.slice(2).split("-");
      const row = answer.rows[unit];
      const cell = row?.cells[number];
      if (!cell) continue;
      const isLater = input.value !== value; // typed on while it was being saved
      document.getElementById(`f-${unit}-${number}`).innerHTML = cell.foot;
      if (cell.fate === "saved" || cell.fate === "same") {
        if (!isLater) input.value = cell.stored;
        settle(input, cell.stored);
        saved += cell.fate === "saved";
      } else {
        input.setAttribute("aria-invalid", String(cell.fate !== "held"));
        refused.set(input, value);
        wrong.push(`${nameOf(input)}: ${cell.message}`);
      }
      head(input, row);
    }
    for (const count of document.querySelectorAll("[data-ready]")) count.textContent = answer.ready;
    const send = document.querySelector("button[form='send']");
    if (send) send.disabled = answer.ready === 0;
    say([saved && `Đã lưu ${saved} ô.`, wrong.length && `Chưa lưu ${wrong.length} ô. ${wrong[0]}`].filter(Boolean).join(" "));
  }

  function settle(input, stored) {
    seen(input).value = stored;
    input.removeAttribute("aria-invalid");
    refused.delete(input);
    if (!isChanged(input)) waiting.delete(input);
  }

  function head(input, answer) {
    const row = input.closest("tr");
    const place = row.querySelector(".grid-head");
    const old = place.querySelector("input[type=checkbox]");
    const hadFocus = old && old === document.activeElement;
    place.innerHTML = answer.head;
    const tick = place.querySelector("input[type=checkbox]");
    if (tick && old?.checked) tick.checked = true;
    if (hadFocus) (tick ?? input).focus();
    if (answer.refusal) row.dataset.refused = "";
    lock(row);
  }

  // Over a confirmed result nothing is typed before the tick that opens a correction.
  function lock(row) {
    const tick = row.querySelector(".grid-head input[type=checkbox]");
    const isLocked = "refused" in row.dataset || Boolean(tick && !tick.checked);
    for (const input of cells[rows.indexOf(row)]) if (input) input.readOnly = isLocked;
  }

  // What is still to be saved is saved before the page leads to the step of sending.
  async function onSend(event) {
    if (!waiting.size) return;
    event.preventDefault();
    const pressed = event.submitter;
    while (sending) await sending.catch(() => null);
    await save(true);
    if (!waiting.size) return pressed.form.requestSubmit(pressed);
    say(`Còn ${waiting.size} ô chưa lưu nên chưa gửi. Sửa ô báo lỗi rồi gửi.`);
    [...waiting][0].focus();
  }

  function note(input, text) {
    const foot = document.getElementById(`f-${input.name.slice(2)}`);
    foot.querySelector(".grid-saved")?.remove();
    const span = document.createElement("span");
    span.className = "grid-saved";
    span.textContent = text;
    foot.append(span);
  }

  function say(text) {
    if (text && status) status.textContent = text;
  }
}

function tidy(text) {
  return text.normalize("NFC").replace(/\s+/g, " ").trim();
}

// "Chưa đạt" → "cđ"; "CD" and "cđ" are the same to it.
function initialsOf(word) {
  return word.split(" ").map((part) => part[0]).join("");
}

function initials(text) {
  return tidy(text).toLowerCase().replace(/đ/g, "d");
}

function quoted(value) {
  return /[\t\r\n"]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value;
}

// Tab-separated text as Excel and LibreOffice put it on the clipboard: a cell with a tab, a line break or a quotation
// mark stands in quotation marks, doubled inside.
function parse(text) {
  const rows = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/y;
  let found;
  while (pattern.lastIndex < text.length && (found = pattern.exec(text))) {
    const value = found[1] === undefined ? found[2] : found[1].replace(/""/g, '"');
    rows[rows.length - 1].push(value.replace(/\s+/g, " ").trim());
    if (found[3] !== "\t" && pattern.lastIndex < text.length) rows.push([]);
    if (found[3] === "\t" && pattern.lastIndex === text.length) rows[rows.length - 1].push("");
  }
  return rows;
}
