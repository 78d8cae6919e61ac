// Makes the picture of the README: MICRO_SCREENSHOTS=1 npx playwright test screenshot

import path from "node:path";

import { CallPage } from "../support/call.js";
import { expect, test } from "../support/test.js";

const FILE = path.resolve(import.meta.dirname, "../../../docs/images/call.png");

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
  await page.screenshot({ path: FILE, caret: "initial" });
});
