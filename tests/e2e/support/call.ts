// The parts of the call page, by their roles and names.

import type { Locator, Page } from "@playwright/test";

import { expect } from "./test.js";

export class CallPage {
  readonly request: Locator;
  readonly response: Locator;
  readonly history: Locator;

  constructor(readonly page: Page) {
    this.request = page.getByRole("form", { name: "Request" });
    this.response = page.getByRole("region", { name: "Response", exact: true });
    this.history = page.getByRole("region", { name: "History", exact: true });
  }

  /** A field of the request; of several with the name, that of the outermost message. */
  field(name: string): Locator {
    return this.request.getByRole("textbox", { name, exact: true }).first();
  }

  get json(): Locator {
    return this.request.getByRole("textbox", { name: /as JSON/ });
  }

  async press(name: string): Promise<void> {
    await this.request.getByRole("button", { name, exact: true }).click();
  }

  /** Opens metadata, deadline, instance and repeat. */
  async options(): Promise<void> {
    await unfold(this.request.locator("details.request__options").first());
  }

  /** Opens the method's examples. */
  async examples(): Promise<void> {
    await unfold(this.request.locator("details.examples"));
  }

  /** Goes to the request's other view, and waits for it. */
  async view(name: "Form" | "JSON"): Promise<void> {
    await this.press(name);
    await expect(this.request.getByRole("button", { name, exact: true })).toHaveAttribute("aria-pressed", "true");
  }

  /** How the call ended: a word such as `OK`, once it has. */
  get status(): Locator {
    return this.response.locator(".ending .ending__status .status__word");
  }

  /** How long it took. */
  get latency(): Locator {
    return this.response.locator(".ending__fact").first();
  }

  /** The answer, parsed. */
  async answer(): Promise<unknown> {
    return JSON.parse(await this.response.getByLabel("response", { exact: true }).innerText());
  }

  /** The request as JSON, parsed. */
  async sent(): Promise<unknown> {
    return JSON.parse(await this.json.inputValue());
  }
}

async function unfold(details: Locator): Promise<void> {
  if ((await details.getAttribute("open")) === null) await details.locator("summary").first().click();
}
