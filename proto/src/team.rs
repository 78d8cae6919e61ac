//! Teams, members and invites, to the domain's types and back.

use crate::{
    from_domain::{duration, timestamp},
    to_domain::ms,
    v1,
};
use micro_domain::{
    access::Role,
    identity::Secret,
    team::{Invite, InviteState, InviteWish, Joined, Member, NewInvite, Team},
};

impl From<v1::Role> for Option<Role> {
    fn from(role: v1::Role) -> Self {
        match role {
            v1::Role::Unspecified => None,
            v1::Role::Viewer => Some(Role::Viewer),
            v1::Role::Member => Some(Role::Member),
            v1::Role::Admin => Some(Role::Admin),
            v1::Role::Owner => Some(Role::Owner),
        }
    }
}

impl From<Role> for v1::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<v1::InviteState> for Option<InviteState> {
    fn from(state: v1::InviteState) -> Self {
        match state {
            v1::InviteState::Unspecified => None,
            v1::InviteState::Pending => Some(InviteState::Pending),
            v1::InviteState::Accepted => Some(InviteState::Accepted),
            v1::InviteState::Expired => Some(InviteState::Expired),
            v1::InviteState::Revoked => Some(InviteState::Revoked),
        }
    }
}

impl From<InviteState> for v1::InviteState {
    fn from(state: InviteState) -> Self {
        match state {
            InviteState::Pending => Self::Pending,
            InviteState::Accepted => Self::Accepted,
            InviteState::Expired => Self::Expired,
            InviteState::Revoked => Self::Revoked,
        }
    }
}

impl From<v1::Team> for Option<Team> {
    fn from(wire: v1::Team) -> Self {
        let role = wire.role().into();
        Some(Team {
            created_ms: ms(wire.created)?,
            id: wire.id,
            name: wire.name,
            members: wire.members,
            role,
        })
    }
}

impl From<Team> for v1::Team {
    fn from(team: Team) -> Self {
        Self {
            id: team.id,
            name: team.name,
            created: Some(timestamp(team.created_ms)),
            members: team.members,
            role: team.role.map_or(v1::Role::Unspecified, Into::into).into(),
        }
    }
}

impl From<v1::Member> for Option<Member> {
    fn from(wire: v1::Member) -> Self {
        let role = Option::from(wire.role())?;
        let joined_ms = ms(wire.joined)?;
        Some(Member {
            account_id: wire.account_id,
            account: wire.account,
            email: wire.email,
            role,
            joined_ms,
        })
    }
}

impl From<Member> for v1::Member {
    fn from(member: Member) -> Self {
        Self {
            account_id: member.account_id,
            account: member.account,
            email: member.email,
            role: v1::Role::from(member.role).into(),
            joined: Some(timestamp(member.joined_ms)),
        }
    }
}

impl From<v1::Invite> for Option<Invite> {
    fn from(wire: v1::Invite) -> Self {
        let (role, state) = (Option::from(wire.role())?, Option::from(wire.state())?);
        Some(Invite {
            role,
            state,
            created_ms: ms(wire.created)?,
            expires_ms: ms(wire.expires)?,
            id: wire.id,
            team: wire.team,
            email: wire.email,
            inviter: wire.inviter,
            accepted_by: wire.accepted_by,
        })
    }
}

impl From<Invite> for v1::Invite {
    fn from(invite: Invite) -> Self {
        Self {
            id: invite.id,
            team: invite.team,
            role: v1::Role::from(invite.role).into(),
            email: invite.email,
            inviter: invite.inviter,
            created: Some(timestamp(invite.created_ms)),
            expires: Some(timestamp(invite.expires_ms)),
            state: v1::InviteState::from(invite.state).into(),
            accepted_by: invite.accepted_by,
        }
    }
}

impl From<v1::NewInvite> for Option<NewInvite> {
    fn from(wire: v1::NewInvite) -> Self {
        Some(NewInvite { invite: Option::from(wire.invite?)?, code: Secret::new(wire.code) })
    }
}

impl From<NewInvite> for v1::NewInvite {
    fn from(made: NewInvite) -> Self {
        Self { invite: Some(made.invite.into()), code: made.code.reveal().to_owned() }
    }
}

impl From<InviteWish> for v1::CreateInvitesRequest {
    fn from(wish: InviteWish) -> Self {
        Self {
            team: wish.team,
            role: v1::Role::from(wish.role).into(),
            rows: wish.emails.into_iter().map(|email| v1::InviteRow { email }).collect(),
            lifetime: wish.lifetime_ms.map(|ms| duration(ms.saturating_mul(1_000))),
        }
    }
}

impl From<v1::AcceptInviteResponse> for Joined {
    fn from(wire: v1::AcceptInviteResponse) -> Self {
        Self { account_id: wire.account_id, account: wire.account, team: wire.team }
    }
}

impl From<Joined> for v1::AcceptInviteResponse {
    fn from(joined: Joined) -> Self {
        Self { account_id: joined.account_id, account: joined.account, team: joined.team }
    }
}
