/** Light, dark, or as the system says. The choice is kept where the browser allows. */

const KEY = "moltres-theme";

export function setUpTheme(button: HTMLElement): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = read();
  const apply = (theme: string): void => {
    document.documentElement.dataset.theme = theme;
    button.setAttribute("aria-label", theme === "dark" ? "Switch to light" : "Switch to dark");
    button.textContent = theme === "dark" ? "☀" : "☾";
  };
  apply(stored ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => {
    if (!read()) apply(dark.matches ? "dark" : "light");
  });
  button.addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    apply(next);
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Private windows may refuse; the choice then lasts as long as the page.
    }
  });
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
