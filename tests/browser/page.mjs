// One browser, one served page: what the tests of the playground share.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { serve } from "../../www/serve.mjs";

export const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Opens the playground. `stop` closes everything and fails if the page complained or asked for anything elsewhere. */
export async function open(options = {}) {
  const root = new URL("../../www/dist", import.meta.url).pathname;
  assert.ok(existsSync(root), "www/dist is missing: make page");
  const { url, close } = await serve(root);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: ARGS });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...options });
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) complaints.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("#status")?.textContent === "Ready");
  return {
    page,
    url,
    async stop() {
      await browser.close();
      await close();
      assert.deepEqual(complaints, []);
    },
  };
}

/** Replaces the program and runs it. */
export async function run(page, program) {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.evaluate((text) => navigator.clipboard.writeText(text), program).catch(() => {});
  await page.locator(".cm-content").evaluate((element, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, program);
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction(() => !document.querySelector("#run").hasAttribute("aria-busy"));
}

/** The result as a person reads it: names and cells. */
export const result = (page) =>
  page.evaluate(() => ({
    names: [...document.querySelectorAll("#result thead th:not(.corner)")].map((th) => th.firstChild.textContent),
    types: [...document.querySelectorAll("#result thead th small")].map((small) => small.textContent),
    rows: [...document.querySelectorAll("#result tbody tr")].map((tr) => [...tr.querySelectorAll("td")].map((td) => td.textContent)),
    note: document.querySelector("#result-note").textContent,
    error: document.querySelector("#error").innerText,
  }));
