//! Room of workers that is lent to a turn.

use std::sync::Arc;

use bellwether_domain::Owner;

use super::host::WorkerHost;
use super::seat::Seat;

/// Room of workers, lent to a turn: it comes back when this is dropped.
pub(crate) struct Lent {
    pub(super) host: Arc<WorkerHost>,
    pub(super) rows: Vec<(Arc<Seat>, u32)>,
}

impl Lent {
    /// How much room there is.
    pub(crate) fn len(&self) -> usize {
        self.rows.iter().map(|(_, most)| *most as usize).sum()
    }

    /// Uses up room of the worker `owner`. The worker; `None` where nothing was lent of it.
    pub(super) fn use_one(&mut self, owner: Owner) -> Option<Arc<Seat>> {
        let row = self.rows.iter_mut().find(|(seat, _)| Owner::from(seat.session) == owner)?;
        if row.1 > 0 {
            row.1 -= 1;
            row.0.take_back(1);
        }
        Some(Arc::clone(&row.0))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut any = false;
        for (seat, most) in self.rows.iter().filter(|(_, most)| *most > 0) {
            seat.take_back(*most);
            any = true;
        }
        if any {
            self.host.room_came_free();
        }
    }
}
