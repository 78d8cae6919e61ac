// Makes the pictures of the README and the guides: MICRO_SCREENSHOTS=1 npx playwright test screenshot

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { CallPage } from "../support/call.js";
import { micro } from "../support/process.js";
import { expect, test } from "../support/test.js";

const IMAGES = path.resolve(import.meta.dirname, "../../../docs/images");

test.skip(!process.env.MICRO_SCREENSHOTS, "makes a file of the repository, on demand only");
test.use({ colorScheme: "light", viewport: { width: 1280, height: 800 } });

test("the call page with an answer", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Hello");
  await call.field("name").fill("Ann");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  await page.mouse.move(0, 0);
  // Hiding the caret would add a style that the content security policy refuses.
  await page.screenshot({ path: path.join(IMAGES, "call.png"), caret: "initial" });
});

for (const [name, line] of [
  ["chat-services", "services"],
  ["chat-question", "run cache set key:greeting value:hello"],
] as const) {
  test(`what chat shows of ${line}`, async ({ browser }) => {
    // A page of its own: this one is a file, and no page of the dashboard.
    const page = await browser.newPage({ viewport: { width: 1120, height: 400 } });
    const html = path.join(mkdtempSync(path.join(tmpdir(), "preview-")), "picture.html");
    await micro(["bot", "preview", line, "--html", html]);
    await page.goto(pathToFileURL(html).href);
    await page.screenshot({ path: path.join(IMAGES, `${name}.png`), fullPage: true, caret: "initial" });
    await page.close();
  });
}
