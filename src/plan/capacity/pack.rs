//! Packing: where the replicas of one service go, by the rules that the scheduler applies to a hard spread.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::model::topology::Service;
use crate::model::topology::rules::Strictness;

/// A worker that is left, with what is free on it.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands.
    pub site: Name,
    /// Processor time in thousandths of a core.
    pub cpu: u64,
    /// Memory in bytes.
    pub memory: u64,
}

/// Puts replicas on nodes, each on the one that has fewest of them; returns how many found no place.
///
/// A hard spread over nodes or data centres allows a difference of one between any two of them (maxSkew 1), so a
/// replica that finds its place taken does not go to a fuller one.
pub fn pack(nodes: &mut [Node], service: &Service, replicas: u32) -> u32 {
    let spread = service.spread();
    let (cpu, memory) = (service.resources.cpu.0, service.resources.memory.0);
    let mut counts = vec![0_u32; nodes.len()];
    let mut per_site: BTreeMap<Name, u32> = nodes.iter().map(|node| (node.site.clone(), 0)).collect();
    for placed in 0..replicas {
        let fewest = counts.iter().copied().min().unwrap_or(0);
        let fewest_site = per_site.values().copied().min().unwrap_or(0);
        let allowed = |position: usize, node: &Node| {
            let count = counts.get(position).copied().unwrap_or(0);
            let site = per_site.get(&node.site).copied().unwrap_or(0);
            node.cpu >= cpu
                && node.memory >= memory
                && (spread.node != Strictness::Hard || count <= fewest)
                && (spread.datacenter != Strictness::Hard || site <= fewest_site)
        };
        let best = nodes.iter().enumerate().filter(|(position, node)| allowed(*position, node)).min_by_key(|(position, node)| {
            let count = counts.get(*position).copied().unwrap_or(0);
            (count, per_site.get(&node.site).copied().unwrap_or(0), std::cmp::Reverse((node.cpu, node.memory)), *position)
        });
        let Some((position, _)) = best else { return replicas - placed };
        if let (Some(node), Some(count)) = (nodes.get_mut(position), counts.get_mut(position)) {
            node.cpu -= cpu;
            node.memory -= memory;
            *count += 1;
            *per_site.entry(node.site.clone()).or_default() += 1;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn service(cpu: u64, node: &str, datacenter: &str) -> Service {
        let document = serde_json::json!({
            "image": "a:1", "resources": {"cpu": format!("{cpu}m"), "memory": "1Mi"},
            "spread": {"node": node, "datacenter": datacenter, "rack": "off"},
        });
        serde_json::from_value(document).unwrap()
    }

    fn nodes(free: &[(bool, u64)]) -> Vec<Node> {
        let site = |left: bool| if left { "left" } else { "right" }.parse().unwrap();
        free.iter().map(|(left, cpu)| Node { site: site(*left), cpu: *cpu, memory: 1 << 40 }).collect()
    }

    /// The oracle: the most replicas that any order of choices can place, found by trying them all. It knows the rule
    /// only as the scheduler states it: after a pod is placed, its domain may exceed the emptiest one by at most one.
    fn most(free: &[(bool, u64)], counts: &mut Vec<u32>, service: (u64, bool, bool), left: u32) -> u32 {
        let (cpu, hard_node, hard_site) = service;
        let mut best = 0;
        for position in 0..free.len() {
            if left == 0 || u64::from(counts[position] + 1) * cpu > free[position].1 {
                continue;
            }
            counts[position] += 1;
            let skew = |totals: &[u32], mine: u32| mine - totals.iter().copied().min().unwrap() <= 1;
            let sites: Vec<u32> = [true, false]
                .iter()
                .filter(|side| free.iter().any(|(node, _)| node == *side))
                .map(|side| free.iter().zip(&*counts).filter(|((node, _), _)| node == side).map(|(_, count)| count).sum())
                .collect();
            let mine: u32 =
                free.iter().zip(&*counts).filter(|((side, _), _)| *side == free[position].0).map(|(_, count)| count).sum();
            if (!hard_node || skew(counts, counts[position])) && (!hard_site || skew(&sites, mine)) {
                best = best.max(1 + most(free, counts, service, left - 1));
            }
            counts[position] -= 1;
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn places_as_many_as_any_choice_could(
            free in prop::collection::vec((any::<bool>(), 0_u64..5), 1..5),
            replicas in 1_u32..6,
            hard_node in any::<bool>(),
            hard_site in any::<bool>(),
        ) {
            let word = |hard: bool| if hard { "hard" } else { "soft" };
            let mut packed = nodes(&free);
            let missing = pack(&mut packed, &service(1, word(hard_node), word(hard_site)), replicas);
            let possible = most(&free, &mut vec![0; free.len()], (1, hard_node, hard_site), replicas);
            prop_assert_eq!(replicas - missing, possible);
            prop_assert!(packed.iter().zip(&free).all(|(node, (_, cpu))| node.cpu <= *cpu));
        }
    }

    #[test]
    fn a_full_node_stops_a_hard_spread_but_not_a_soft_one() {
        let free = [(true, 500), (true, 2000)];
        assert_eq!(pack(&mut nodes(&free), &service(500, "hard", "off"), 4), 1);
        assert_eq!(pack(&mut nodes(&free), &service(500, "soft", "off"), 4), 0);
    }
}
