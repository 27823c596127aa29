//! The loop: carry out what the machine wants, wait for something to happen, tell the machine.

use crate::clock::Clock;
use crate::event::Event;
use crate::handle_times::HandleTimes;
use glue_proto::{Action, Check, Daemon, Exit, Input, Mono, Now};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::time::sleep_until;

/// Events handled before the machine hears of the time again: what has come in counts before a timeout, but a peer
/// that never stops talking cannot put timeouts off for good.
const BATCH: usize = 64;

/// The face of the machine, so that tests can put a scripted one in its place.
pub trait Machine {
    /// Takes one input.
    fn handle(&mut self, now: Now, input: Input<'_>);
    /// Gives the next thing to do.
    fn poll_action(&mut self) -> Option<Action>;
    /// Tells when to wake it up.
    fn wake_at(&self) -> Option<Mono>;
}

impl Machine for Daemon {
    fn handle(&mut self, now: Now, input: Input<'_>) {
        Self::handle(self, now, input);
    }

    fn poll_action(&mut self) -> Option<Action> {
        Self::poll_action(self)
    }

    fn wake_at(&self) -> Option<Mono> {
        self.next_wakeup().map(|wakeup| wakeup.at)
    }
}

impl Machine for Check {
    fn handle(&mut self, now: Now, input: Input<'_>) {
        Self::handle(self, now, input);
    }

    fn poll_action(&mut self) -> Option<Action> {
        Self::poll_action(self)
    }

    fn wake_at(&self) -> Option<Mono> {
        self.next_wakeup().map(|wakeup| wakeup.at)
    }
}

/// The outside world: whatever carries out actions.
pub trait Effects {
    /// Carries out one action without waiting for it. `Some` is the end.
    fn perform(&mut self, action: Action) -> Option<Exit>;
    /// Hears of an event before the machine does, with the time that the machine hears.
    fn observe(&mut self, now: Now, event: &Event);
    /// Takes what the actions themselves have brought about, so that nothing else comes between.
    fn poll_event(&mut self) -> Option<Event> {
        None
    }
}

/// Where the commands of people come from.
pub trait Commands {
    /// Waits for the next one. Giving up the wait loses none.
    fn next(&mut self) -> impl Future<Output = Event>;
}

/// Something that is asked of the machine between two inputs. It only looks.
pub type Question<M> = Box<dyn FnOnce(&M, Now) + Send>;

/// A machine, the world that it acts on, and its clock.
#[derive(Debug)]
pub struct Driver<M, H> {
    /// What decides.
    pub machine: M,
    /// What carries out.
    pub effects: H,
    /// What tells the time.
    pub clock: Clock,
    /// How long the machine has taken for each input.
    pub times: HandleTimes,
}

impl<M: Machine, H: Effects> Driver<M, H> {
    /// Drives the machine until it wants the process to end.
    pub async fn run(
        &mut self,
        events: &mut mpsc::Receiver<Event>,
        commands: &mut impl Commands,
        questions: &mut mpsc::Receiver<Question<M>>,
    ) -> Exit {
        let mut batch = Vec::with_capacity(BATCH);
        let mut exit = self.perform();
        loop {
            if let Some(exit) = exit {
                return exit;
            }
            tokio::select! {
                biased;
                command = commands.next() => batch.push(command),
                1.. = events.recv_many(&mut batch, BATCH) => {}
                Some(question) = questions.recv() => question(&self.machine, self.clock.now()),
                () = sleep_until(self.clock.instant(self.machine.wake_at())) => {}
            }
            exit = batch.drain(..).find_map(|event| self.tell(&event));
            // One a turn, so that peers who never stop talking cannot put an answer off, and whoever asks not their words.
            if let Ok(question) = questions.try_recv() {
                question(&self.machine, self.clock.now());
            }
            if exit.is_none() && self.is_due() {
                exit = self.tell(&Event::Wake);
            }
        }
    }

    fn is_due(&self) -> bool {
        self.machine.wake_at().is_some_and(|at| at <= self.clock.now().mono)
    }

    fn tell(&mut self, event: &Event) -> Option<Exit> {
        let mut exit = self.tell_one(event);
        while exit.is_none()
            && let Some(event) = self.effects.poll_event()
        {
            exit = self.tell_one(&event);
        }
        exit
    }

    fn tell_one(&mut self, event: &Event) -> Option<Exit> {
        let now = self.clock.now();
        self.effects.observe(now, event);
        let begun = Instant::now();
        self.machine.handle(now, event.as_input());
        self.times.record(begun.elapsed());
        self.perform()
    }

    fn perform(&mut self) -> Option<Exit> {
        while let Some(action) = self.machine.poll_action() {
            let exit = self.effects.perform(action);
            if exit.is_some() {
                return exit;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::{Channel, ConnId};
    use std::collections::VecDeque;

    /// Writes down every input, and does what its script says to the n-th of them.
    #[derive(Default)]
    struct Scripted {
        heard: Vec<String>,
        script: VecDeque<Vec<Action>>,
        actions: VecDeque<Action>,
        wake: VecDeque<Mono>,
    }

    impl Machine for Scripted {
        fn handle(&mut self, now: Now, input: Input<'_>) {
            if matches!(input, Input::Wake) {
                assert!(self.wake.pop_front().is_some_and(|at| at <= now.mono));
            }
            let name = format!("{input:?}");
            self.heard.push(name.chars().take_while(|c| c.is_alphanumeric()).collect());
            self.actions.extend(self.script.pop_front().unwrap_or_default());
        }

        fn poll_action(&mut self) -> Option<Action> {
            self.actions.pop_front()
        }

        fn wake_at(&self) -> Option<Mono> {
            self.wake.front().copied()
        }
    }

    #[derive(Default)]
    struct Notebook(Vec<Action>);

    impl Effects for Notebook {
        fn perform(&mut self, action: Action) -> Option<Exit> {
            let exit = if let Action::Exit(exit) = &action { Some(*exit) } else { None };
            self.0.push(action);
            exit
        }

        fn observe(&mut self, _now: Now, _event: &Event) {}
    }

    struct After(Vec<(u64, Event)>, Clock);

    impl Commands for After {
        async fn next(&mut self) -> Event {
            let Some((at, event)) = self.0.first().cloned() else { return core::future::pending().await };
            sleep_until(self.1.instant(Some(Mono(at)))).await;
            self.0.remove(0);
            event
        }
    }

    async fn drive(
        machine: Scripted,
        events: Vec<Event>,
        commands: Vec<(u64, Event)>,
    ) -> (Driver<Scripted, Notebook>, Exit) {
        let clock = Clock::start();
        let (send, mut receive) = mpsc::channel(1000);
        for event in events {
            send.try_send(event).unwrap();
        }
        let times = HandleTimes::default();
        let mut driver = Driver { machine, effects: Notebook::default(), clock, times };
        let (_, mut nobody) = mpsc::channel(1);
        let exit = driver.run(&mut receive, &mut After(commands, clock), &mut nobody).await;
        (driver, exit)
    }

    fn received() -> Event {
        Event::Received { conn: ConnId(1), bytes: b"x".to_vec() }
    }

    #[tokio::test(start_paused = true)]
    async fn actions_are_drained_before_the_first_input_and_after_every_one() {
        let close = |n| Action::Close { conn: ConnId(n) };
        let machine = Scripted {
            actions: VecDeque::from([Action::Connect { conn: ConnId(1), channel: Channel::Api }]),
            script: VecDeque::from([
                vec![close(1), close(2)],
                vec![close(3)],
                vec![Action::Exit(Exit::Done), close(4)],
            ]),
            ..Scripted::default()
        };
        let (driver, exit) =
            drive(machine, vec![received(), received(), received(), received()], vec![]).await;
        assert_eq!(exit, Exit::Done);
        assert_eq!(driver.machine.heard, ["Received"; 3]);
        let expected = [
            Action::Connect { conn: ConnId(1), channel: Channel::Api },
            close(1),
            close(2),
            close(3),
            Action::Exit(Exit::Done),
        ];
        assert_eq!(driver.effects.0, expected);
        let counted: u64 = driver.times.histogram().buckets.iter().map(|(_, count)| count).sum();
        assert_eq!(counted, 3, "each input is timed");
    }

    #[tokio::test(start_paused = true)]
    async fn the_machine_is_woken_when_it_asked_for_it() {
        let machine = Scripted {
            wake: VecDeque::from([Mono(10), Mono(5000), Mono(200_000_000)]),
            script: VecDeque::from([vec![], vec![], vec![Action::Exit(Exit::Credentials)]]),
            ..Scripted::default()
        };
        let (driver, exit) = drive(machine, vec![], vec![]).await;
        assert_eq!(exit, Exit::Credentials);
        assert_eq!(driver.machine.heard, ["Wake"; 3]);
        assert!(driver.clock.now().mono >= Mono(200_000_000));
    }

    #[tokio::test(start_paused = true)]
    async fn events_that_are_there_come_before_a_timeout_but_cannot_put_it_off() {
        let machine = Scripted {
            wake: VecDeque::from([Mono(0)]),
            script: core::iter::repeat_n(vec![], 2 * BATCH).chain([vec![Action::Exit(Exit::Done)]]).collect(),
            ..Scripted::default()
        };
        let (driver, _) = drive(machine, vec![received(); 10 * BATCH], vec![]).await;
        let wake = driver.machine.heard.iter().position(|name| name == "Wake");
        assert_eq!(wake, Some(BATCH));
    }

    #[tokio::test(start_paused = true)]
    async fn b2_a_wish_reaches_the_machine_while_nothing_else_happens() {
        let machine = Scripted {
            script: VecDeque::from([vec![], vec![Action::Exit(Exit::Done)]]),
            ..Scripted::default()
        };
        let reconcile = Event::Command(glue_proto::Operator::Reconcile);
        let (driver, exit) = drive(machine, vec![], vec![(100, reconcile), (3000, Event::Shutdown)]).await;
        assert_eq!(
            (exit, driver.machine.heard),
            (Exit::Done, vec![String::from("Command"), String::from("Shutdown")])
        );
    }

    #[tokio::test(start_paused = true)]
    async fn b70_a_question_is_answered_while_idle_and_while_peers_never_stop_talking() {
        for events in [0, 10 * BATCH] {
            let clock = Clock::start();
            let (send, mut receive) = mpsc::channel(1000);
            for _ in 0..events {
                send.try_send(received()).unwrap();
            }
            let (ask, mut questions) = mpsc::channel::<Question<Scripted>>(1);
            let (answer, answered) = tokio::sync::oneshot::channel();
            let question = move |machine: &Scripted, _| answer.send(machine.heard.len()).unwrap();
            assert!(ask.try_send(Box::new(question)).is_ok());
            let (machine, effects, times) =
                (Scripted::default(), Notebook::default(), HandleTimes::default());
            let mut driver = Driver { machine, effects, clock, times };
            let mut commands = After(Vec::new(), clock);
            let heard = tokio::select! {
                _ = driver.run(&mut receive, &mut commands, &mut questions) => panic!("nothing ends it"),
                heard = answered => heard.unwrap(),
            };
            assert_eq!(heard, events.min(BATCH));
        }
    }
}
