import { CallPage } from "../support/call.js";
import { expect, test } from "../support/test.js";

test("a server stream arrives message by message", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.field("name").fill("Ann");
  await call.field("count").fill("3");
  await call.field("interval").fill("0.1s");
  await call.press("Open");
  await expect(call.response).toContainText("1 sent, 3 received");
  await expect(call.status).toHaveText("OK");
  await call.response.getByRole("button", { name: /received.*Hello, Ann/ }).last().click();
  await expect(call.response.getByLabel("message 4", { exact: true })).toContainText('"number": 3');
  await expect(call.history.getByRole("listitem").first()).toContainText("OK");
});

test("a stream is cancelled by its button and by Escape", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.field("count").fill("1000");
  await call.field("interval").fill("0.05s");
  for (const cancel of [() => call.press("Cancel"), () => page.keyboard.press("Escape")]) {
    await call.press("Open");
    await expect(call.response).toContainText(/1 sent, [1-9]\d* received/);
    await expect(call.request.getByRole("button", { name: "Open", exact: true })).toBeHidden();
    await cancel();
    await expect(call.status).toHaveText("CANCELLED");
    await expect(call.request.getByRole("button", { name: "Open", exact: true })).toBeVisible();
  }
});

test("a client stream takes messages until it is half-closed", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Collect");
  await call.press("Open");
  for (const [index, name] of ["Ann", "Bob"].entries()) {
    await call.field("name").fill(name);
    await call.press("Send");
    await expect(call.response).toContainText(`${index + 1} sent, 0 received`);
  }
  await call.press("Half-close");
  await expect(call.status).toHaveText("OK");
  await expect(call.response.getByRole("button", { name: /received.*Hello, Ann and Bob/ })).toBeVisible();
});

test("both sides stream", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Chat");
  await call.press("Open");
  await call.field("name").fill("Ann");
  await page.keyboard.press("Control+Enter");
  await expect(call.response).toContainText("1 sent, 1 received");
  await call.field("name").fill("Bob");
  await page.keyboard.press("Control+Enter");
  await expect(call.response).toContainText("2 sent, 2 received");
  await call.press("Half-close");
  await expect(call.status).toHaveText("OK");
});

test("a long stream draws only what is seen", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.field("count").fill("1000");
  await call.press("Open");
  await expect(call.response).toContainText("1 sent, 1000 received");
  const list = call.response.getByLabel("Messages of the stream");
  expect(await list.getByRole("button").count()).toBeLessThan(60);
  await expect(list.getByRole("button").last()).toContainText("1001");
  await list.evaluate((element) => element.scrollTo({ top: 0 }));
  await expect(list.getByRole("button").first()).toContainText("sent");
});
