//! An SNMP agent that says how long a Zino server has been up (reference snmp).

/// `zinoUpTime.0`, 1.3.6.1.4.1.2428.130.1.1.1.0
const ZINO_UP_TIME: &[u8] = &[0x2b, 6, 1, 4, 1, 0x92, 0x7c, 0x81, 2, 1, 1, 1, 0];
/// `sysUpTime.0`, 1.3.6.1.2.1.1.3.0
const SYS_UP_TIME: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 3, 0];

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const COUNTER32: u8 = 0x41;
const TIME_TICKS: u8 = 0x43;
const NO_SUCH_OBJECT: u8 = 0x80;
const NO_SUCH_INSTANCE: u8 = 0x81;
const END_OF_MIB_VIEW: u8 = 0x82;
const GET: u8 = 0xa0;
const GET_NEXT: u8 = 0xa1;
const RESPONSE: u8 = 0xa2;

const NO_SUCH_NAME: u8 = 2;
const NO_ACCESS: u8 = 6;

/// The agent. It has no sessions: a datagram is answered or it is not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SnmpAgent {
    community: String,
    started: i64,
    answers: bool,
}

/// What a request says.
struct Message<'a> {
    version: u8,
    pdu: u8,
    request_id: &'a [u8],
    variables: Vec<(&'a [u8], &'a [u8])>,
}

impl SnmpAgent {
    /// Starts an agent at this moment, Unix seconds.
    #[must_use]
    pub fn new(community: &str, started: i64) -> Self {
        Self { community: community.into(), started, answers: true }
    }

    /// Makes the agent silent, or lets it answer again.
    pub const fn set_answers(&mut self, answers: bool) {
        self.answers = answers;
    }

    /// Restarts the agent at this moment, Unix seconds: its uptime begins anew.
    pub const fn restart(&mut self, now: i64) {
        self.started = now;
    }

    /// Returns the answer to a datagram, `None` for silence. `now` is in Unix seconds.
    #[must_use]
    pub fn answer(&self, datagram: &[u8], now: i64) -> Option<Vec<u8>> {
        let message = decode(datagram, self.community.as_bytes()).filter(|_| self.answers)?;
        let read = |(name, _): &(&[u8], &[u8])| match message.pdu {
            GET => self.get(name, message.version, now),
            _ => self.get_next(name, message.version, now),
        };
        let found: Vec<_> = message.variables.iter().map(read).collect();
        let (mut status, mut index) = (0, 0);
        if let Some((at, &Err(error))) = (1_u8..).zip(&found).find(|(_, found)| found.is_err()) {
            (status, index) = (error, at);
        }
        let variables: Vec<Vec<u8>> = if status == 0 {
            found.into_iter().flatten().collect()
        } else {
            message.variables.iter().map(|(name, asked)| variable(name, asked)).collect()
        };
        let pdu = [
            encode(INTEGER, message.request_id),
            encode(INTEGER, &[status]),
            encode(INTEGER, &[index]),
            encode(SEQUENCE, &variables.concat()),
        ];
        let body = [
            encode(INTEGER, &[message.version]),
            encode(OCTET_STRING, self.community.as_bytes()),
            encode(RESPONSE, &pdu.concat()),
        ];
        Some(encode(SEQUENCE, &body.concat()))
    }

    /// Reads one object as a variable of the reply.
    ///
    /// # Errors
    /// The error status that the whole request gets.
    fn get(&self, name: &[u8], version: u8, now: i64) -> Result<Vec<u8>, u8> {
        let object = &ZINO_UP_TIME[..ZINO_UP_TIME.len() - 1];
        if let Some(value) = self.value(name, now) {
            Ok(variable(name, &value))
        } else if version == 0 {
            Err(NO_SUCH_NAME)
        } else if name == object {
            Err(NO_ACCESS)
        } else if name.starts_with(object) {
            Ok(variable(name, &encode(NO_SUCH_INSTANCE, &[])))
        } else {
            Ok(variable(name, &encode(NO_SUCH_OBJECT, &[])))
        }
    }

    /// Reads the object of a name, as [`get`](Self::get) does.
    fn get_next(&self, name: &[u8], version: u8, now: i64) -> Result<Vec<u8>, u8> {
        let next = [SYS_UP_TIME, ZINO_UP_TIME].into_iter().find(|known| *known > name);
        match next.and_then(|next| Some((next, self.value(next, now)?))) {
            Some((next, value)) => Ok(variable(next, &value)),
            None if version == 0 => Err(NO_SUCH_NAME),
            None => Ok(variable(name, &encode(END_OF_MIB_VIEW, &[]))),
        }
    }

    fn value(&self, name: &[u8], now: i64) -> Option<Vec<u8>> {
        let seconds = now.saturating_sub(self.started);
        match name {
            ZINO_UP_TIME => Some(encode_unsigned(COUNTER32, seconds)),
            SYS_UP_TIME => Some(encode_unsigned(TIME_TICKS, seconds.saturating_mul(100))),
            _ => None,
        }
    }
}

fn variable(name: &[u8], value: &[u8]) -> Vec<u8> {
    encode(SEQUENCE, &[encode(OBJECT_IDENTIFIER, name), value.to_vec()].concat())
}

/// Writes a 32-bit unsigned number, which wraps: minimal, with a zero in front where the top bit is set.
fn encode_unsigned(tag: u8, number: i64) -> Vec<u8> {
    let bytes = [&[0], &number.to_be_bytes()[4..]].concat();
    let zeros = bytes.windows(2).take_while(|pair| pair[0] == 0 && pair[1] < 0x80).count();
    encode(tag, &bytes[zeros..])
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        Ok(length) => out.extend([0x81, length]),
        Err(_) => {
            let length = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
            out.extend([0x82, length[0], length[1]]);
        }
    }
    out.extend_from_slice(content);
    out
}

/// Takes one value off the front: its tag, its content and what follows it.
fn take(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn take_tagged(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    take(bytes).filter(|(found, _, _)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Reads a request that is to be answered.
fn decode<'a>(datagram: &'a [u8], community: &[u8]) -> Option<Message<'a>> {
    let (body, []) = take_tagged(datagram, SEQUENCE)? else { return None };
    let (&[version @ (0 | 1)], body) = take_tagged(body, INTEGER)? else { return None };
    let (found, body) = take_tagged(body, OCTET_STRING)?;
    let (pdu @ (GET | GET_NEXT), body, []) = take(body)? else { return None };
    let (request_id, body) = take_tagged(body, INTEGER)?;
    let (_, body) = take_tagged(body, INTEGER)?;
    let (_, body) = take_tagged(body, INTEGER)?;
    let (mut list, []) = take_tagged(body, SEQUENCE)? else { return None };
    if found != community || !(1..=4).contains(&request_id.len()) {
        return None;
    }
    let mut variables = Vec::new();
    while !list.is_empty() {
        let (item, rest) = take_tagged(list, SEQUENCE)?;
        let (name, value) = take_tagged(item, OBJECT_IDENTIFIER)?;
        let (_, _, []) = take(value)? else { return None };
        variables.push((name, value));
        list = rest;
    }
    Some(Message { version, pdu, request_id, variables })
}
