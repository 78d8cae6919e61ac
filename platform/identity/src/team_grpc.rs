//! `micro.v1.TeamService` and `micro.v1.InviteService`: wire messages in, domain calls, wire messages out. The gate of
//! [`crate::AuthorizeLayer`] has put the principal into the request; with the public methods there may be none.

use crate::{
    Identity,
    grpc::{lifetime_ms, principal, refuse},
};
use micro_domain::{
    Error,
    access::Role,
    identity::{Principal, Secret},
    team::InviteWish,
};
use micro_proto::v1::{self, invite_result::Outcome, invite_service_server, team_service_server};
use tonic::{Request, Response, Status};

/// The gRPC side of [`Identity`]'s teams and invites.
#[derive(Clone, Debug)]
pub struct TeamGrpc {
    identity: Identity,
}

impl TeamGrpc {
    pub(crate) fn new(identity: Identity) -> Self {
        Self { identity }
    }
}

fn role(role: v1::Role) -> Result<Role, Status> {
    let what = "expected viewer, member, admin or owner";
    Option::from(role).ok_or_else(|| refuse(Error::invalid("a role is missing").with_violation("role", what)))
}

#[tonic::async_trait]
impl team_service_server::TeamService for TeamGrpc {
    async fn create_team(
        &self,
        request: Request<v1::CreateTeamRequest>,
    ) -> Result<Response<v1::CreateTeamResponse>, Status> {
        let by = principal(&request)?;
        let team = self.identity.create_team(&by, &request.get_ref().name).await.map_err(refuse)?;
        Ok(Response::new(v1::CreateTeamResponse { team: Some(team.into()) }))
    }

    async fn list_teams(
        &self,
        request: Request<v1::ListTeamsRequest>,
    ) -> Result<Response<v1::ListTeamsResponse>, Status> {
        let by = principal(&request)?;
        let teams = self.identity.teams(&by).await.map_err(refuse)?;
        Ok(Response::new(v1::ListTeamsResponse { teams: teams.into_iter().map(Into::into).collect() }))
    }

    async fn list_members(
        &self,
        request: Request<v1::ListMembersRequest>,
    ) -> Result<Response<v1::ListMembersResponse>, Status> {
        let by = principal(&request)?;
        let members = self.identity.members(&by, &request.get_ref().team).await.map_err(refuse)?;
        Ok(Response::new(v1::ListMembersResponse { members: members.into_iter().map(Into::into).collect() }))
    }

    async fn set_member_role(
        &self,
        request: Request<v1::SetMemberRoleRequest>,
    ) -> Result<Response<v1::SetMemberRoleResponse>, Status> {
        let (by, wish) = (principal(&request)?, request.into_inner());
        let role = role(wish.role())?;
        let member =
            self.identity.set_member_role(&by, &wish.team, &wish.account, role).await.map_err(refuse)?;
        Ok(Response::new(v1::SetMemberRoleResponse { member: Some(member.into()) }))
    }

    async fn remove_member(
        &self,
        request: Request<v1::RemoveMemberRequest>,
    ) -> Result<Response<v1::RemoveMemberResponse>, Status> {
        let (by, wish) = (principal(&request)?, request.into_inner());
        let member = self.identity.remove_member(&by, &wish.team, &wish.account).await.map_err(refuse)?;
        Ok(Response::new(v1::RemoveMemberResponse { member: Some(member.into()) }))
    }
}

#[tonic::async_trait]
impl invite_service_server::InviteService for TeamGrpc {
    async fn create_invites(
        &self,
        request: Request<v1::CreateInvitesRequest>,
    ) -> Result<Response<v1::CreateInvitesResponse>, Status> {
        let (by, wish) = (principal(&request)?, request.into_inner());
        let role = role(wish.role())?;
        let wish = InviteWish {
            team: wish.team,
            role,
            emails: wish.rows.into_iter().map(|row| row.email).collect(),
            lifetime_ms: wish.lifetime.map(lifetime_ms),
        };
        let made = self.identity.create_invites(&by, wish).await.map_err(refuse)?;
        let result = |row| {
            let outcome = match row {
                Ok(made) => Outcome::Made(v1::NewInvite::from(made)),
                Err(why) => Outcome::Refused(why),
            };
            v1::InviteResult { outcome: Some(outcome) }
        };
        Ok(Response::new(v1::CreateInvitesResponse { results: made.into_iter().map(result).collect() }))
    }

    async fn list_invites(
        &self,
        request: Request<v1::ListInvitesRequest>,
    ) -> Result<Response<v1::ListInvitesResponse>, Status> {
        let by = principal(&request)?;
        let team = Some(request.get_ref().team.as_str()).filter(|team| !team.is_empty());
        let invites = self.identity.invites(&by, team).await.map_err(refuse)?;
        Ok(Response::new(v1::ListInvitesResponse { invites: invites.into_iter().map(Into::into).collect() }))
    }

    async fn revoke_invite(
        &self,
        request: Request<v1::RevokeInviteRequest>,
    ) -> Result<Response<v1::RevokeInviteResponse>, Status> {
        let by = principal(&request)?;
        let invite = self.identity.revoke_invite(&by, &request.get_ref().id).await.map_err(refuse)?;
        Ok(Response::new(v1::RevokeInviteResponse { invite: Some(invite.into()) }))
    }

    async fn resend_invite(
        &self,
        request: Request<v1::ResendInviteRequest>,
    ) -> Result<Response<v1::ResendInviteResponse>, Status> {
        let by = principal(&request)?;
        let invite = self.identity.resend_invite(&by, &request.get_ref().id).await.map_err(refuse)?;
        Ok(Response::new(v1::ResendInviteResponse { invite: Some(invite.into()) }))
    }

    async fn get_invite(
        &self,
        request: Request<v1::GetInviteRequest>,
    ) -> Result<Response<v1::GetInviteResponse>, Status> {
        let invite = self.identity.invite(&request.get_ref().code).await.map_err(refuse)?;
        Ok(Response::new(v1::GetInviteResponse { invite: Some(invite.into()) }))
    }

    async fn accept_invite(
        &self,
        request: Request<v1::AcceptInviteRequest>,
    ) -> Result<Response<v1::AcceptInviteResponse>, Status> {
        let by = request.extensions().get::<Principal>().cloned();
        let v1::AcceptInviteRequest { code, name, password } = request.into_inner();
        let joined = self.identity.accept_invite(by.as_ref(), &code, &name, &Secret::new(password)).await;
        Ok(Response::new(joined.map_err(refuse)?.into()))
    }
}
