//! A second model of what failures do, written apart from the first one: a few processes that exchange messages, counted
//! one by one, with an adversary who chooses what is not known. Slow and plain, so that it can be believed; the analysis
//! has to agree with it on every cell of thousands of random platforms.

mod agree;
mod agreement;
mod drills;
mod fate;
mod kafka;
mod patroni;
mod raft;
mod random;
mod redis_cluster;
mod redis_watched;
mod seaweed;
mod stage;
mod textbook;
mod world;
