//! A handful of values, kept in place so that a state is one flat piece of memory to copy and hash.

/// At most `N` values in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Few<T, const N: usize>([Option<T>; N]);

impl<T: Copy + Ord, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T: Copy + Ord, const N: usize> Few<T, N> {
    pub(super) const EMPTY: Self = Self([None; N]);

    /// Adds a value. More than `N` means that the model is larger than its author thought.
    pub(super) fn push(&mut self, value: T) {
        let place = self.0.iter_mut().find(|place| place.is_none());
        *place.expect("N is the most that there can be") = Some(value);
    }

    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::EMPTY)
    }

    /// Takes one out and closes the gap.
    pub(super) fn remove(&mut self, at: usize) -> Option<T> {
        let value = self.0[at].take();
        self.0[at..].rotate_left(1);
        value
    }

    /// Orders the values, where only which they are means something.
    pub(super) fn sort(&mut self) {
        self.0.sort_unstable_by_key(|value| (value.is_none(), *value));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = T> {
        self.0.into_iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }

    pub(super) fn len(&self) -> usize {
        self.iter().count()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }
}
