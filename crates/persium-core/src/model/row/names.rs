//! The names that an answer repeats.

use std::sync::Arc;

use super::super::parameter::Parameter;

/// What names stand for, each made once an answer.
pub(super) struct Names<T> {
    known: Vec<T>,
    /// Where to look first: rows repeat their names in the order they first came.
    next: usize,
    /// Those of one row that did not fit.
    spare: Vec<T>,
}

/// Where to find what a name stands for, until the next row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(usize);

/// What is made of a name.
pub(super) trait Named {
    fn named(name: &str) -> Self;
    fn name(&self) -> &str;
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { known: Vec::new(), next: 0, spare: Vec::new() }
    }
}

impl<T: Named> Names<T> {
    /// Beyond this many, what a name stands for is made each time: looking through them would cost more.
    const MOST: usize = 64;

    /// Forgets what did not fit.
    pub(super) fn begin_row(&mut self) {
        self.spare.clear();
    }

    /// Where to find what `name` stands for.
    pub(super) fn place(&mut self, name: &str) -> Place {
        match self.known.iter().position(|known| known.name() == name) {
            Some(at) => self.found(at),
            None if self.known.len() < Self::MOST => {
                self.known.push(T::named(name));
                self.found(self.known.len() - 1)
            }
            None => {
                self.spare.push(T::named(name));
                Place(Self::MOST + self.spare.len() - 1)
            }
        }
    }

    /// The same for the name that is most likely to come next, where it does.
    pub(super) fn expected(&mut self, comes: impl FnOnce(&T) -> bool) -> Option<Place> {
        self.known.get(self.next).is_some_and(comes).then(|| self.found(self.next))
    }

    fn found(&mut self, at: usize) -> Place {
        self.next = if at + 1 < self.known.len() { at + 1 } else { 0 };
        Place(at)
    }

    pub(super) fn at(&self, Place(at): Place) -> &T {
        if at < Self::MOST { &self.known[at] } else { &self.spare[at - Self::MOST] }
    }

    /// What `name` stands for.
    pub(super) fn of(&mut self, name: &str) -> &T {
        let expected = self.expected(|known| known.name() == name);
        let place = expected.unwrap_or_else(|| self.place(name));
        self.at(place)
    }
}

impl Named for Arc<str> {
    fn named(name: &str) -> Self {
        name.into()
    }

    fn name(&self) -> &str {
        self
    }
}

impl Named for Parameter {
    fn named(name: &str) -> Self {
        name.into()
    }

    fn name(&self) -> &str {
        self.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answers_names_are_made_once_however_many_there_are() {
        let mut names: Names<Arc<str>> = Names::default();
        let first = Arc::clone(names.of("pm25"));
        assert!(Arc::ptr_eq(&first, names.of("pm25")));
        for n in 0..1000 {
            assert_eq!(&**names.of(&n.to_string()), n.to_string());
        }
        assert_eq!(names.known.len(), Names::<Arc<str>>::MOST);
    }
}
