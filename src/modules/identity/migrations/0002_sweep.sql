-- What is over is swept away: sessions, challenges, old failures.
create index session_by_age on session (seen_at);
create index attempt_by_age on attempt (last_at);
