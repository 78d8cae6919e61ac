// Teams through Micro's own API: invites in one go, and accounts made from them, for tests that are about something else.

import { request, type APIRequestContext } from "@playwright/test";

import { micro } from "./process.js";
import { world } from "./world.js";

/** The team that every server begins with. */
export const DEFAULT_TEAM = "default";
/** A password that nobody guesses. */
export const PASSWORD = "walrus-envelope-tangerine-42";

// Enough for all tests of one worker.
const POOL = 24;

/** An invite and the code its link ends with. */
export interface MadeInvite {
  id: string;
  code: string;
}

/** A name that no other test takes. */
export function unique(name: string): string {
  return `${name}-${Math.random().toString(36).slice(2, 8)}`;
}

/** The path of an invite's page. */
export function invitePath({ code }: MadeInvite): string {
  return `/invite/${code}`;
}

/** What the server's owner does about teams. */
export class Teams {
  readonly #ready: MadeInvite[] = [];

  private constructor(private readonly owner: APIRequestContext) {}

  static async start(): Promise<Teams> {
    const { token } = (await micro(["token", "create", unique("teams")])) as { token: string };
    const extraHTTPHeaders = { authorization: `Bearer ${token}` };
    return new Teams(await request.newContext({ baseURL: world().url, storageState: NOBODY, extraHTTPHeaders }));
  }

  /** Invites to a team, one for each address; anybody's where it is empty. */
  async invite(team: string, emails: string[], role = "ROLE_MEMBER"): Promise<MadeInvite[]> {
    const rows = emails.map((email) => ({ email }));
    const { results } = (await this.#call("InviteService/CreateInvites", { team, role, rows })) as {
      results: { made: { invite: { id: string }; code: string } }[];
    };
    return results.map(({ made }) => ({ id: made.invite.id, code: made.code }));
  }

  /** An invite of anybody to the default team. Made many at a time: one person may invite only ten times an hour. */
  async anybody(): Promise<MadeInvite> {
    if (this.#ready.length === 0) this.#ready.push(...(await this.invite(DEFAULT_TEAM, Array<string>(POOL).fill(""))));
    return this.#ready.pop()!;
  }

  async revoke({ id }: MadeInvite): Promise<void> {
    await this.#call("InviteService/RevokeInvite", { id });
  }

  /** Makes a team of the owner's. */
  async create(name: string): Promise<string> {
    await this.#call("TeamService/CreateTeam", { name });
    return name;
  }

  /** An account of this name, a member of the default team; it signs in with [`PASSWORD`]. */
  async member(name: string): Promise<string> {
    const { code } = await this.anybody();
    await accept(code, name);
    return name;
  }

  async stop(): Promise<void> {
    await this.owner.dispose();
  }

  async #call(method: string, data: object): Promise<unknown> {
    return answerTo(this.owner, method, data);
  }
}

const NOBODY = { cookies: [], origins: [] };

/** Spends an invite on a new account. */
async function accept(code: string, name: string): Promise<void> {
  const stranger = await request.newContext({ baseURL: world().url, storageState: NOBODY });
  await answerTo(stranger, "InviteService/AcceptInvite", { code, name, password: PASSWORD });
  await stranger.dispose();
}

async function answerTo(client: APIRequestContext, method: string, data: object): Promise<unknown> {
  const answer = await client.post(`/micro.v1.${method}`, { data });
  if (!answer.ok()) throw new Error(`${method}: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as unknown;
}
