//! The names that people give their devices.

use super::{Innkeeper, ServiceError};
use crate::domain::change::{Change, DeviceNamed};
use crate::domain::device::DeviceName;
use crate::domain::end::Actor;
use crate::domain::id::SessionId;
use crate::store::{AskedUser, Lane, SessionView};

/// What came of naming a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// It has that name now.
    Done,
    /// There is no such session, or it is somebody else's.
    NotFound,
    /// The session in which somebody acted is itself over.
    ActorOver,
}

impl Innkeeper {
    /// A person names the device of one of their own sessions, live or ended; `None` takes the name away.
    pub async fn name_device(
        &self,
        acting: &SessionView,
        session: &SessionId,
        name: Option<DeviceName>,
    ) -> Result<Named, ServiceError> {
        let found = self.inner.store.session(session).await?;
        let Some(target) = found.filter(|session| session.user_no == acting.user_no) else {
            return Ok(Named::NotFound);
        };
        let mut transaction = self.inner.store.begin(Lane::Pages).await?;
        let facts = transaction.users(vec![(acting.user_no, AskedUser::default())], 0).await?;
        let Some(user) = facts.user(acting.user_no).filter(|user| user.live(&acting.id, facts.now).is_some()) else {
            return Ok(Named::ActorOver);
        };
        if target.device_name.as_deref() == name.as_ref().map(DeviceName::as_str) {
            return Ok(Named::Done);
        }
        let named = DeviceNamed {
            device_no: target.device_no,
            session_id: target.id,
            user_no: user.user.no,
            account_no: user.user.account_no,
            name,
            at: facts.now,
            by: Actor::User(user.user.no, user.user.role),
        };
        transaction.commit(vec![Change::DeviceNamed(named)]).await?;
        Ok(Named::Done)
    }
}
