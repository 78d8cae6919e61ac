// What the bots do for a chat user, through Micro's own API: ask for a link's page, and spend the code somebody typed.

import { request, type APIRequestContext } from "@playwright/test";

import { micro } from "./process.js";
import { world } from "./world.js";

/** A chat user as a bot knows them. */
export interface ChatUser {
  /** Such as `slack/T1/U1`. */
  person: string;
  workspaceName: string;
  userName: string;
}

/** A user of Slack whom no other test knows. */
export function slackUser(userName: string): ChatUser {
  const unique = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`.toUpperCase();
  return { person: `slack/T0ACME/U${unique}`, workspaceName: "Acme", userName };
}

export class Bot {
  private constructor(private readonly client: APIRequestContext) {}

  /** A bot with a token of its own. */
  static async start(): Promise<Bot> {
    const name = `bot-${Math.random().toString(36).slice(2)}`;
    const { token } = (await micro(["token", "create", name, "--bot"])) as { token: string };
    const storageState = { cookies: [], origins: [] };
    const extraHTTPHeaders = { authorization: `Bearer ${token}` };
    return new Bot(await request.newContext({ baseURL: world().url, storageState, extraHTTPHeaders }));
  }

  /** The path of the page that links `user`. */
  async page(user: ChatUser): Promise<string> {
    const made = await this.#call("CreateLinkRequest", user);
    if (made.status !== 200) throw new Error(`no page: ${made.status} ${JSON.stringify(made.body)}`);
    return `/link/${(made.body as { request: { id: string } }).request.id}`;
  }

  /** What comes of `user` typing `code`. */
  redeem(user: ChatUser, code: string): Promise<{ status: number; body: unknown }> {
    return this.#call("RedeemLinkCode", { person: user.person, code });
  }

  /** The HTTP status of a read on behalf of `user`: 401 for whom no account is linked to. */
  async speaks(user: ChatUser): Promise<number> {
    const headers = { "micro-chat-user": user.person };
    const answer = await this.client.post("/micro.v1.RegistryService/ListServices", { data: {}, headers });
    return answer.status();
  }

  async stop(): Promise<void> {
    await this.client.dispose();
  }

  async #call(method: string, data: object): Promise<{ status: number; body: unknown }> {
    const answer = await this.client.post(`/micro.v1.ChatService/${method}`, { data });
    return { status: answer.status(), body: (await answer.json()) as unknown };
  }
}
