//! Teams, their members, and invites.

use crate::{credential::Credentialed, error, incomplete};
use micro_domain::{
    Error,
    access::Role,
    identity::Secret,
    team::{Invite, InviteWish, Joined, Member, NewInvite, Team},
};
use micro_proto::v1::{
    self, invite_result::Outcome, invite_service_client::InviteServiceClient,
    team_service_client::TeamServiceClient,
};

/// Typed calls about teams and who is in them. A team is named by its name or id, a member by the account's.
#[derive(Clone)]
pub struct Teams {
    inner: TeamServiceClient<Credentialed>,
}

impl Teams {
    pub(crate) fn new(service: Credentialed) -> Self {
        Self { inner: TeamServiceClient::new(service) }
    }

    /// Makes a team, whose first owner is the caller.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for the name, ALREADY_EXISTS, PERMISSION_DENIED for who does not manage the platform.
    pub async fn create(&mut self, name: &str) -> Result<Team, Error> {
        let answer =
            self.inner.create_team(v1::CreateTeamRequest { name: name.to_owned() }).await.map_err(error)?;
        answer.into_inner().team.and_then(Into::into).ok_or_else(|| incomplete("CreateTeam"))
    }

    /// The caller's teams, by name; every team for who manages the platform.
    ///
    /// # Errors
    /// Those of the platform.
    pub async fn list(&mut self) -> Result<Vec<Team>, Error> {
        let answer = self.inner.list_teams(v1::ListTeamsRequest {}).await.map_err(error)?;
        Ok(answer.into_inner().teams.into_iter().filter_map(Into::into).collect())
    }

    /// A team's members, by name.
    ///
    /// # Errors
    /// NOT_FOUND for a team that is not there, or that the caller may not see.
    pub async fn members(&mut self, team: &str) -> Result<Vec<Member>, Error> {
        let answer =
            self.inner.list_members(v1::ListMembersRequest { team: team.to_owned() }).await.map_err(error)?;
        Ok(answer.into_inner().members.into_iter().filter_map(Into::into).collect())
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// NOT_FOUND, PERMISSION_DENIED for a role above the caller's, FAILED_PRECONDITION for the last owner.
    pub async fn set_role(&mut self, team: &str, account: &str, role: Role) -> Result<Member, Error> {
        let request = v1::SetMemberRoleRequest {
            team: team.to_owned(),
            account: account.to_owned(),
            role: v1::Role::from(role).into(),
        };
        let answer = self.inner.set_member_role(request).await.map_err(error)?;
        answer.into_inner().member.and_then(Into::into).ok_or_else(|| incomplete("SetMemberRole"))
    }

    /// Takes a member out of a team; oneself, to leave it.
    ///
    /// # Errors
    /// As [`Teams::set_role`].
    pub async fn remove(&mut self, team: &str, account: &str) -> Result<Member, Error> {
        let request = v1::RemoveMemberRequest { team: team.to_owned(), account: account.to_owned() };
        let answer = self.inner.remove_member(request).await.map_err(error)?;
        answer.into_inner().member.and_then(Into::into).ok_or_else(|| incomplete("RemoveMember"))
    }
}

/// Typed calls about invites.
#[derive(Clone)]
pub struct Invites {
    inner: InviteServiceClient<Credentialed>,
}

impl Invites {
    pub(crate) fn new(service: Credentialed) -> Self {
        Self { inner: InviteServiceClient::new(service) }
    }

    /// Makes invites: one result a row, in their order, each with its code or why there is none.
    ///
    /// # Errors
    /// NOT_FOUND for the team, PERMISSION_DENIED for the role, RESOURCE_EXHAUSTED for too many in an hour,
    /// INVALID_ARGUMENT for the lifetime or the number of rows.
    pub async fn create(&mut self, wish: InviteWish) -> Result<Vec<Result<NewInvite, String>>, Error> {
        let answer = self.inner.create_invites(v1::CreateInvitesRequest::from(wish)).await.map_err(error)?;
        let result = |row: v1::InviteResult| match row.outcome {
            Some(Outcome::Made(made)) => Option::from(made).map(Ok),
            Some(Outcome::Refused(why)) => Some(Err(why)),
            None => None,
        };
        let results: Option<Vec<_>> = answer.into_inner().results.into_iter().map(result).collect();
        results.ok_or_else(|| incomplete("CreateInvites"))
    }

    /// A team's invites, newest first; those of every team the caller invites to, where none is named.
    ///
    /// # Errors
    /// NOT_FOUND for the team.
    pub async fn list(&mut self, team: Option<&str>) -> Result<Vec<Invite>, Error> {
        let request = v1::ListInvitesRequest { team: team.unwrap_or_default().to_owned() };
        let answer = self.inner.list_invites(request).await.map_err(error)?;
        Ok(answer.into_inner().invites.into_iter().filter_map(Into::into).collect())
    }

    /// Ends a pending invite.
    ///
    /// # Errors
    /// NOT_FOUND; FAILED_PRECONDITION for one that is not pending.
    pub async fn revoke(&mut self, id: &str) -> Result<Invite, Error> {
        let answer =
            self.inner.revoke_invite(v1::RevokeInviteRequest { id: id.to_owned() }).await.map_err(error)?;
        answer.into_inner().invite.and_then(Into::into).ok_or_else(|| incomplete("RevokeInvite"))
    }

    /// A new link for an invite that was not accepted, in place of the old one.
    ///
    /// # Errors
    /// NOT_FOUND; FAILED_PRECONDITION for one that was accepted.
    pub async fn resend(&mut self, id: &str) -> Result<NewInvite, Error> {
        let answer =
            self.inner.resend_invite(v1::ResendInviteRequest { id: id.to_owned() }).await.map_err(error)?;
        answer.into_inner().invite.and_then(Into::into).ok_or_else(|| incomplete("ResendInvite"))
    }

    /// What an invite is for, for who holds its code; changes nothing.
    ///
    /// # Errors
    /// NOT_FOUND for a code that never was one; RESOURCE_EXHAUSTED after too many of those.
    pub async fn get(&mut self, code: &Secret) -> Result<Invite, Error> {
        let request = v1::GetInviteRequest { code: code.reveal().to_owned() };
        let answer = self.inner.get_invite(request).await.map_err(error)?;
        answer.into_inner().invite.and_then(Into::into).ok_or_else(|| incomplete("GetInvite"))
    }

    /// Spends an invite: the caller's account joins, or one of this name and password that is made for it.
    ///
    /// # Errors
    /// NOT_FOUND and RESOURCE_EXHAUSTED as [`Invites::get`], FAILED_PRECONDITION for one that is not pending,
    /// PERMISSION_DENIED for one that is for somebody else, INVALID_ARGUMENT naming `name` or `password`.
    pub async fn accept(&mut self, code: &Secret, account: Option<(&str, &Secret)>) -> Result<Joined, Error> {
        let (name, password) = account
            .map(|(name, password)| (name.to_owned(), password.reveal().to_owned()))
            .unwrap_or_default();
        let request = v1::AcceptInviteRequest { code: code.reveal().to_owned(), name, password };
        Ok(self.inner.accept_invite(request).await.map_err(error)?.into_inner().into())
    }
}
