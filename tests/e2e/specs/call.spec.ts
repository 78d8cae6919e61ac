import { CallPage } from "../support/call.js";
import { everything } from "../support/everything.js";
import { micro } from "../support/process.js";
import { expect, needsZoo, test } from "../support/test.js";

/** What `micro` answers to the same call. */
async function canonical(method: string, message: unknown): Promise<unknown> {
  return await micro(["call", "zoo", method, JSON.stringify(message)]);
}

test("a unary call is filled in, made and answered", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Hello");
  await expect(call.response).toContainText("Nothing was called yet");
  await call.field("name").fill("Ann");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  expect(await call.answer()).toEqual({ message: "Hello, Ann" });
  await expect(call.latency).toHaveText(/^\d[\d.]* (µs|ms|s)$/);
  await expect(call.history.getByRole("listitem").first()).toContainText("OK");
});

test("the form and the JSON follow each other", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.field("name").fill("Bo “quoted”");
  await call.field("count").fill("3");
  await call.view("JSON");
  expect(await call.sent()).toEqual({ name: "Bo “quoted”", count: 3 });
  await call.json.fill('{"name": "Cid", "interval": "0.25s"}');
  await call.view("Form");
  await expect(call.field("name")).toHaveValue("Cid");
  await expect(call.field("interval")).toHaveValue("0.25s");
  await expect(call.field("count")).toHaveValue("");
  await call.press("Clear");
  await expect(call.field("name")).toHaveValue("");
});

test("JSON that is none says where, keeps what was typed and sends nothing", async ({ page, open, guard }) => {
  guard.expect(/status of 400/);
  const call = new CallPage(page);
  await open("/services/helloworld/Hello");
  await call.view("JSON");
  const text = '{\n  "name": "Ann",\n  oops\n}';
  await call.json.fill(text);
  await call.press("Call");
  await expect(call.request).toContainText(/Line 3, column 3/);
  await expect(call.json).toHaveValue(text);
  await expect(call.json).toHaveAttribute("aria-invalid", "true");
  await expect(call.response).toContainText("Nothing was called yet");
});

test("a wrong value is named at its field and nothing is sent", async ({ page, open, guard }) => {
  guard.expect(/status of 400/);
  const call = new CallPage(page);
  await open("/services/helloworld/Stream");
  await call.field("count").fill("many");
  await call.press("Open");
  await expect(call.request.getByText("One field is wrong")).toBeVisible();
  await expect(call.field("count")).toHaveAttribute("aria-invalid", "true");
  await expect(call.field("count")).toHaveAccessibleDescription(/number|uint32|expected/i);
  await call.request.getByRole("link", { name: "count", exact: true }).click();
  await expect(call.response).toContainText("Nothing was called yet");
});

test("what the service finds wrong is named at the field", async ({ page, open }) => {
  const call = new CallPage(page);
  await open("/services/helloworld/Hello");
  await call.field("name").fill("x".repeat(257));
  await call.press("Call");
  await expect(call.status).toHaveText("INVALID_ARGUMENT");
  await expect(call.field("name")).toHaveAccessibleDescription(/257 bytes, at most 256/);
  await expect(call.field("name")).toHaveAttribute("aria-invalid", "true");
});

test("every type goes through the form without loss", async ({ page, open }) => {
  needsZoo();
  const call = new CallPage(page);
  const message = await everything();
  await open("/services/zoo/Echo?view=json");
  await call.json.fill(JSON.stringify(message));
  await call.view("Form");
  await expect(call.field("int64Value")).toHaveValue("-9223372036854775808");
  await expect(call.field("uint64Value")).toHaveValue("18446744073709551615");
  await expect(call.request.getByRole("radio", { name: /^animal/ }).first()).toBeChecked();
  // An edit makes the form, not the text, the source of what is sent.
  await call.field("alias").fill("from the form");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  expect(await call.answer()).toEqual(await canonical("Echo", { ...message, alias: "from the form" }));
});

test("rows, messages and choices are added and removed", async ({ page, open }) => {
  needsZoo();
  const call = new CallPage(page);
  await open("/services/zoo/Echo");
  await call.press("Add to int32s");
  await call.field("int32s[0]").fill("7");
  await call.press("Add to int32s");
  await call.field("int32s[1]").fill("8");
  await call.press("Remove int32s[0]");
  await call.press("Add to labels");
  await call.field("key of row 1").fill("tier");
  await call.field("value of row 1").fill("gold");
  await call.press("Set optionalAnimal");
  await call.request.getByRole("combobox", { name: "color", exact: true }).first().selectOption("COLOR_GREEN");
  await call.view("JSON");
  expect(await call.sent()).toEqual({
    color: "COLOR_GREEN",
    optionalAnimal: {},
    int32s: [8],
    labels: { tier: "gold" },
  });
});

test("an error keeps its code, message and details", async ({ page, open }) => {
  needsZoo();
  const call = new CallPage(page);
  await open("/services/zoo/Fail?view=json");
  await call.json.fill('{"code": 9, "message": "not in this state", "withDetails": true}');
  await call.press("Call");
  await expect(call.status).toHaveText("FAILED_PRECONDITION");
  await expect(call.response).toContainText("not in this state");
  await expect(call.response).toContainText("ASKED_TO_FAIL");
  await expect(call.response).toContainText("this message always fails");
});

test("metadata and the deadline reach the service; answers show headers and trailers", async ({ page, open, javaScriptEnabled }) => {
  needsZoo();
  const call = new CallPage(page);
  await open("/services/zoo/Headers");
  await call.options();
  await call.press("Add metadata");
  await call.request.getByRole("textbox", { name: "Metadata name 1" }).fill("x-colour");
  await call.request.getByRole("textbox", { name: "Metadata value 1" }).fill("teal");
  await call.request.getByRole("textbox", { name: "Deadline" }).fill("5s");
  await call.press("Call");
  await expect(call.status).toHaveText("OK");
  const { headers } = (await call.answer()) as { headers: Record<string, { values: string[] }> };
  expect(headers["x-colour"]).toEqual({ values: ["teal"] });
  expect(Object.keys(headers).filter((name) => /^(authorization|cookie|micro-)/.test(name))).toEqual([]);
  // Without scripts the answer is shown from the history, which keeps no headers.
  if (javaScriptEnabled) await expect(call.response).toContainText("x-zoo-header");
  await expect(call.response).toContainText("x-zoo-trailer");
});

test("a deadline that passes says so", async ({ page, open, guard }) => {
  needsZoo();
  guard.expect(/\b504\b/);
  const call = new CallPage(page);
  await open("/services/zoo/Sleep");
  await call.field("ms").fill("20000");
  await call.options();
  await call.request.getByRole("textbox", { name: "Deadline" }).fill("50ms");
  await call.press("Call");
  await expect(call.status).toHaveText("DEADLINE_EXCEEDED");
  await expect(call.response).toContainText("50");
});

test("a method that does not exist names the nearest", async ({ page, guard }) => {
  guard.expect(/status of 404/);
  const answer = await page.goto("/services/helloworld/Helo");
  expect(answer?.status()).toBe(404);
  await page.getByRole("main").getByRole("link", { name: "Hello", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Hello" })).toBeVisible();
});

test("on a phone the methods open as a sheet", async ({ page, open }) => {
  await page.setViewportSize({ width: 320, height: 700 });
  await open("/services/helloworld/Hello");
  const methods = page.getByRole("navigation", { name: "Methods" });
  await expect(methods).toBeHidden();
  await page.getByRole("button", { name: /^Methods/ }).click();
  await methods.getByRole("link", { name: /Stream/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Stream");
  await expect(methods).toBeHidden();
});
