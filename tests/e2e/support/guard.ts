// What must hold on every page of every test: no error in the console, nothing the content security policy refuses, no
// request to another host, no failure of the server.

import type { BrowserContext, ConsoleMessage, Page, Request, Response } from "@playwright/test";

const CSP_MARK = "content security policy violated";

export class Guard {
  readonly #origin: string;
  readonly #found: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(url: string) {
    this.#origin = new URL(url).origin;
  }

  /** Watches a browser context, with all its pages. */
  async watch(context: BrowserContext): Promise<void> {
    context.on("page", (page) => this.#page(page));
    context.on("console", (message) => this.#console(message));
    context.on("request", (request) => this.#request(request));
    context.on("response", (response) => this.#response(response));
    await context.addInitScript((mark) => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`${mark}: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
      });
    }, CSP_MARK);
  }

  /** Says what a test brings about on purpose, such as the console's note about a page that is not found. */
  expect(message: RegExp): void {
    this.#expected.push(message);
  }

  /** What went wrong until now. */
  get found(): string[] {
    return this.#found.filter((text) => !this.#expected.some((expected) => expected.test(text)));
  }

  #page(page: Page): void {
    page.on("pageerror", (error) => this.#found.push(`uncaught: ${error.message}`));
    page.on("crash", () => this.#found.push(`crashed: ${page.url()}`));
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).host !== new URL(this.#origin).host) this.#found.push(`socket to ${socket.url()}`);
    });
  }

  #console(message: ConsoleMessage): void {
    const hydration = message.type() === "warning" && /hydrat|mismatch/i.test(message.text());
    if (message.type() === "error" || hydration) {
      this.#found.push(`console: ${message.text()} (${message.location().url})`);
    }
  }

  #request(request: Request): void {
    const url = new URL(request.url());
    const own = url.origin === this.#origin || ["data:", "blob:", "about:"].includes(url.protocol);
    if (!own) this.#found.push(`request to ${request.url()}`);
  }

  #response(response: Response): void {
    if (response.status() >= 500) this.#found.push(`${response.status()} from ${response.url()}`);
  }
}
