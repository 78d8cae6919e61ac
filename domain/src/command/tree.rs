//! The commands themselves.

use super::{Argument, Choices, Command, Shape, Surface};
use crate::identity::Permission;

/// What the words before the last of a path stand for.
pub const GROUPS: &[(&str, &str)] = &[
    ("token", "Manage API tokens"),
    ("link", "Manage chat links"),
    ("team", "Manage teams"),
    ("member", "Manage who is in a team, and as what"),
    ("invite", "Invite people to a team"),
];

const TERMINAL: &[Surface] = &[Surface::Terminal];
const CHAT: &[Surface] = &[Surface::Chat];
const BOTH: &[Surface] = &[Surface::Terminal, Surface::Chat];

const fn positional(name: &'static str, value: &'static str, help: &'static str) -> Argument {
    Argument { name, shape: Shape::Positional, value, required: true, help, choices: None, surfaces: BOTH }
}

const fn flag(name: &'static str, value: &'static str, help: &'static str) -> Argument {
    Argument { shape: Shape::Flag, required: false, surfaces: TERMINAL, ..positional(name, value, help) }
}

const fn switch(name: &'static str, help: &'static str) -> Argument {
    Argument { shape: Shape::Switch, ..flag(name, "", help) }
}

const fn required(argument: Argument) -> Argument {
    Argument { required: true, ..argument }
}

const fn optional(argument: Argument) -> Argument {
    Argument { required: false, ..argument }
}

/// An argument that is chosen from a list.
const fn one_of(choices: Choices, argument: Argument) -> Argument {
    Argument { choices: Some(choices), ..argument }
}

/// An argument that the terminal alone takes.
const fn terminal(argument: Argument) -> Argument {
    Argument { surfaces: TERMINAL, ..argument }
}

/// An argument that chat alone takes.
const fn in_chat(argument: Argument) -> Argument {
    Argument { surfaces: CHAT, ..argument }
}

const fn command(
    path: &'static [&'static str],
    title: &'static str,
    permission: Permission,
    arguments: &'static [Argument],
) -> Command {
    Command { path, arguments, title, permission, url: None, keys: &[], surfaces: TERMINAL }
}

/// A command of the terminal that chat has, too.
const fn everywhere(command: Command) -> Command {
    Command { surfaces: BOTH, ..command }
}

/// A command that only chat has.
const fn chat(command: Command) -> Command {
    Command { surfaces: CHAT, ..command }
}

const fn page(command: Command, url: &'static str, keys: &'static [&'static str]) -> Command {
    Command { url: Some(url), keys, ..command }
}

const SERVICE: Argument = one_of(Choices::Services, positional("service", "SERVICE", "The service"));
const METHOD: Argument = one_of(
    Choices::Methods,
    positional("method", "METHOD", "`Method`, `package.Service.Method` or `package.Service/Method`"),
);

const TEAM: Argument = flag("team", "TEAM", "The team's name or id [default: the only one you are in]");
const ACCOUNT: Argument = positional("account", "ACCOUNT", "The account's name or id");
const ID: Argument = positional("id", "ID", "Its id");

/// Every command, in the order help lists them.
pub const COMMANDS: &[Command] = &[
    command(
        &["server"],
        "Run a Micro server, with its dashboard and base services",
        Permission::Public,
        &[
            flag("listen", "HOST:PORT", "Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]"),
            flag("data", "DIR", "Where to keep data [default: the platform's data directory]"),
            flag(
                "config",
                "FILE",
                "A TOML file with any of: listen, data, public_url, allow_loopback_upstreams, database",
            ),
            flag(
                "public-url",
                "URL",
                "The base of every link handed out [default: http:// and the listening address]",
            ),
            flag("database", "URL", "PostgreSQL to keep state in [default: SQLite in the data directory]"),
            switch(
                "allow-loopback-upstreams",
                "Accept services on this machine's loopback addresses while listening on others",
            ),
        ],
    ),
    page(
        everywhere(command(
            &["services"],
            "List services and how they are",
            Permission::ServicesRead,
            &[optional(one_of(
                Choices::Services,
                positional("query", "QUERY", "Only services whose name contains this"),
            ))],
        )),
        "/services",
        &["g", "s"],
    ),
    chat(command(
        &["service"],
        "Show a service: how it is and what it offers",
        Permission::ServicesRead,
        &[one_of(Choices::Services, positional("name", "NAME", "The service's name"))],
    )),
    command(
        &["describe"],
        "Show what a service offers",
        Permission::ServicesRead,
        &[
            SERVICE,
            optional(one_of(
                Choices::Methods,
                positional(
                    "method",
                    "METHOD",
                    "Only this method: `Method`, `package.Service.Method` or `package.Service/Method`",
                ),
            )),
            flag("version", "VERSION", "The version to describe [default: the newest]"),
        ],
    ),
    everywhere(command(
        &["call"],
        "Call a method",
        Permission::ServicesCall,
        &[
            SERVICE,
            METHOD,
            terminal(optional(positional(
                "body",
                "BODY",
                "The request as JSON, or - to read it from stdin; several values for a method that takes a stream",
            ))),
            in_chat(optional(positional(
                "body",
                "BODY",
                "The request as JSON, or as name:value fields; a form opens without it",
            ))),
            flag("header", "NAME:VALUE", "Metadata to send along; may be repeated"),
            flag("timeout", "TIME", "The deadline, such as 500ms, 5s or 2m [default for unary calls: 30s]"),
            flag("version", "VERSION", "Only instances of this version"),
        ],
    )),
    chat(command(
        &["run"],
        "Run a service's command",
        Permission::ServicesCall,
        &[
            SERVICE,
            one_of(
                Choices::Methods,
                positional("method", "METHOD", "The method, as in `hello` or `SayHello`"),
            ),
            optional(one_of(
                Choices::Fields,
                positional(
                    "args",
                    "NAME:VALUE",
                    "The request's fields, such as `name:Ann`; a form opens without them",
                ),
            )),
        ],
    )),
    command(
        &["register"],
        "Register a service's instance",
        Permission::ServicesRegister,
        &[
            positional("name", "NAME", "The service's name"),
            required(flag("grpc", "HOST:PORT", "Where the instance listens for gRPC")),
            flag("version", "VERSION", "The version it runs"),
            flag("descriptors", "FILE", "A FileDescriptorSet with imports, for services without reflection"),
            switch("lease", "Stay, renew the registration, and remove it when interrupted"),
            flag("ttl", "TIME", "How long the registration outlives this command with --lease"),
        ],
    ),
    command(
        &["deregister"],
        "Remove a service's instances",
        Permission::ServicesRegister,
        &[
            positional("name", "NAME", "The service's name"),
            flag("grpc", "HOST:PORT", "Only the instance at this address"),
        ],
    ),
    command(
        &["login"],
        "Choose a server and store its credential",
        Permission::Public,
        &[
            optional(positional("url", "URL", "The server, such as `https://micro.example.com`")),
            flag("name", "NAME", "What to call it [default: its host name]"),
            switch("browser", "Print a link that signs your browser in to the current server"),
        ],
    ),
    everywhere(command(&["whoami"], "Show the account in use", Permission::Account, &[])),
    chat(command(
        &["link"],
        "Link this chat user to your account",
        Permission::Public,
        &[optional(positional("code", "CODE", "The code that the page showed"))],
    )),
    chat(command(&["unlink"], "Take this chat user's link away", Permission::Account, &[])),
    chat(command(
        &["help"],
        "Show what can be typed",
        Permission::Public,
        &[optional(one_of(Choices::Commands, positional("command", "COMMAND", "Only this command")))],
    )),
    page(
        command(
            &["token", "create"],
            "Make an API token",
            Permission::Credentials,
            &[
                positional("name", "NAME", "What to call it"),
                flag("expires", "TIME", "How long it lives, such as 30d; at most 366d [default: 90d]"),
                switch("bot", "For a bot: it calls on behalf of linked chat users, and nothing for itself"),
            ],
        ),
        "/tokens#create",
        &["c", "t"],
    ),
    page(
        command(&["token", "list"], "List API tokens", Permission::Credentials, &[]),
        "/tokens",
        &["g", "t"],
    ),
    page(
        command(
            &["token", "revoke"],
            "End an API token",
            Permission::Credentials,
            &[positional("id", "TOKEN", "Its id or name")],
        ),
        "/tokens",
        &[],
    ),
    page(
        command(
            &["link", "list"],
            "List the chat users linked to your account",
            Permission::Credentials,
            &[],
        ),
        "/settings",
        &["g", "l"],
    ),
    command(&["link", "remove"], "End a chat user's link", Permission::Credentials, &[ID]),
    page(command(&["team", "list"], "List your teams", Permission::Account, &[]), "/teams", &["g", "e"]),
    command(
        &["team", "create"],
        "Make a team; for who manages the platform",
        Permission::Credentials,
        &[positional("name", "NAME", "What to call it: 2 to 40 lower-case letters, digits and `-`")],
    ),
    command(&["member", "list"], "List who is in a team, and as what", Permission::Account, &[TEAM]),
    command(
        &["member", "role"],
        "Give a member another role",
        Permission::Credentials,
        &[
            ACCOUNT,
            positional("role", "ROLE", "What they will be; each role includes the ones before it"),
            TEAM,
        ],
    ),
    command(
        &["member", "remove"],
        "Take a member out of a team, or yourself",
        Permission::Credentials,
        &[ACCOUNT, TEAM, switch("yes", "Do not ask first")],
    ),
    command(
        &["invite", "create"],
        "Make links that bring people into a team, each for one person",
        Permission::Credentials,
        &[
            TEAM,
            flag("role", "ROLE", "What they will be: none above your own role"),
            flag("email", "EMAIL", "Whom the link is for; may be repeated, for a link each"),
            flag(
                "expires",
                "TIME",
                "How long the link is good, such as 72h or 3d; at most 14d [default: 3d]",
            ),
        ],
    ),
    command(
        &["invite", "list"],
        "List the invites of a team",
        Permission::Credentials,
        &[Argument { help: "The team's name or id [default: every team you invite to]", ..TEAM }],
    ),
    command(&["invite", "revoke"], "End an invite", Permission::Credentials, &[ID]),
    command(
        &["invite", "resend"],
        "Make a new link for an invite; the old one ends",
        Permission::Credentials,
        &[ID],
    ),
    page(
        command(
            &["bot"],
            "Run the Slack and Discord bots alone, beside a server elsewhere",
            Permission::Bot,
            &[
                flag(
                    "listen",
                    "HOST:PORT",
                    "Where to take signed HTTP, and to answer /readyz [default: 127.0.0.1:8081]",
                ),
                flag(
                    "public-url",
                    "URL",
                    "The base of the links the bots show [default: the server's address]",
                ),
            ],
        ),
        "/chat",
        &["g", "b"],
    ),
    command(
        &["bot", "setup"],
        "Say how to set a bot up: Slack's manifest, or Discord's commands, which are registered",
        Permission::Public,
        &[
            positional("platform", "PLATFORM", "slack or discord"),
            flag(
                "public-url",
                "URL",
                "Where the platform reaches the server; without it, no address is needed",
            ),
        ],
    ),
    command(&["bot", "doctor"], "Check what is configured with Slack and Discord", Permission::Public, &[]),
    command(
        &["bot", "preview"],
        "Show what a chat command would show in Slack and Discord",
        Permission::ServicesRead,
        &[
            positional("line", "COMMAND", "What would be typed after /micro"),
            flag("html", "FILE", "Write a picture of both to this file"),
        ],
    ),
    command(
        &["completions"],
        "Print the shell's completions",
        Permission::Public,
        &[positional("shell", "SHELL", "The shell")],
    ),
];
