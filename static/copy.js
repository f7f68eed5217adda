// Shows the buttons that copy a text; without script it is selected and copied by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    } catch {
      document.execCommand("copy"); // over plain http there is no clipboard
    }
    button.textContent = "Đã sao chép";
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}
