//! The names that an answer repeats.

use std::sync::Arc;

use super::super::parameter::Parameter;

/// What names stand for, each made once an answer.
pub(super) struct Names<T> {
    known: Vec<T>,
    /// Where to look first: rows repeat their names in the order they first came.
    next: usize,
    /// The last one that did not fit.
    spare: Option<T>,
}

/// What is made of a name.
pub(super) trait Named {
    fn named(name: &str) -> Self;
    fn name(&self) -> &str;
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { known: Vec::new(), next: 0, spare: None }
    }
}

impl<T: Named> Names<T> {
    /// Beyond this many, what a name stands for is made each time: looking through them would cost more.
    const MOST: usize = 64;

    /// What `name` stands for.
    pub(super) fn of(&mut self, name: &str) -> &T {
        let found = match self.known.get(self.next) {
            Some(known) if known.name() == name => Some(self.next),
            _ => self.known.iter().position(|known| known.name() == name),
        };
        let at = match found {
            Some(at) => at,
            None if self.known.len() < Self::MOST => {
                self.known.push(T::named(name));
                self.known.len() - 1
            }
            None => return self.spare.insert(T::named(name)),
        };
        self.next = if at + 1 < self.known.len() { at + 1 } else { 0 };
        &self.known[at]
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
