// Package hours says when a queue is open: a week of opening hours, holidays
// and exceptions, read on the wall clock of one time zone.
//
// # The wall clock decides
//
// A span such as "09:00-17:00" holds at an instant when a correct local clock
// shows a time from 09:00, inclusive, to 17:00, exclusive. Nothing else is
// meant, and so the days on which clocks change need no rule of their own: a
// span across the hour that is skipped in spring is an hour shorter, a span
// that lies wholly within it does not happen that day, and a span within the
// hour that is repeated in autumn happens twice. Spans have whole minutes.
//
// # Days
//
// A span belongs to the calendar day on which it begins. "22:00-06:00" begins
// on its day and runs into the next; "00:00-24:00" is all day. For a calendar
// day the first of these that names it counts, and it counts for all 24 hours:
//
//  1. an exception, with the hours it gives (none given: closed);
//  2. a holiday, closed or with the hours it gives;
//  3. the week.
//
// Hours that run over midnight stop at midnight when the next day is an
// exception or a holiday: the date wins over what spills into it. What begins
// on such a day spills into the day after as on any other day.
//
// # Use
//
// A [Config] is plain data, fit for JSON and YAML. [Config.Compile] checks it
// as a whole, lists every fault by its path, and returns an immutable
// [Schedule], which is asked with the time as an argument and never reads a
// clock. Time zone data is looked up in Compile only; a program that must give
// the same answers on every machine links the time/tzdata package.
package hours
