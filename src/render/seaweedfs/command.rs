//! The command lines of the parts, and how many copies they keep where.

use super::{Part, Store};
use crate::model::plan::PodGroup;
use crate::model::plan::seaweedfs::SEAWEEDFS_TLS;
use crate::model::plan::store::S3_PORT;
use crate::render::meta;
use crate::render::seaweedfs::pod::{DATA, METRICS_PORT, RUN};

impl Store<'_> {
    /// The arguments of a part that stands in a group.
    pub fn arguments(&self, part: Part, group: &PodGroup) -> Vec<String> {
        let mut words = vec!["-logtostderr=true".to_owned(), part.as_str().to_owned()];
        let mut flag = |name: &str, value: &str| words.push(format!("-{name}={value}"));
        flag("ip", &format!("$(POD_NAME).{}.{}.svc.cluster.local", group.name, meta::DATA));
        flag("ip.bind", "0.0.0.0");
        flag("port", &part.port().to_string());
        flag("metricsPort", &METRICS_PORT.to_string());
        match part {
            Part::Master => {
                flag("mdir", DATA);
                flag("peers", &self.masters());
                flag("defaultReplication", &self.replication());
                flag("volumeSizeLimitMB", &self.volume_size().to_string());
            }
            Part::Volume => {
                flag("dir", DATA);
                // As many volumes as the disk holds.
                flag("max", "0");
                flag("master", &self.masters());
                flag("dataCenter", group.site.as_str());
                // Each server is a rack of its own: copies in one data centre then never share a server.
                flag("rack", "$(POD_NAME)");
            }
            Part::Filer => {
                flag("master", &self.masters());
                flag("dataCenter", group.site.as_str());
                flag("defaultStoreDir", DATA);
                flag("s3", "true");
                flag("s3.port", &S3_PORT.to_string());
                flag("s3.config", &format!("{RUN}/s3.json"));
                flag("s3.cert.file", &format!("{SEAWEEDFS_TLS}/tls.crt"));
                flag("s3.key.file", &format!("{SEAWEEDFS_TLS}/tls.key"));
                flag("s3.allowDeleteBucketNotEmpty", "false");
            }
        }
        words
    }

    /// Every master with its port.
    pub fn masters(&self) -> String {
        let pods = self.plan.masters.iter().flat_map(|group| {
            let pod = move |n| format!("{0}-{n}.{0}.{1}.svc.cluster.local:{2}", group.name, meta::DATA, Part::Master.port());
            (0..group.replicas).map(pod)
        });
        pods.collect::<Vec<_>>().join(",")
    }

    /// How an object is copied besides its first copy, as three digits: to other data centres, to other racks of the
    /// first data centre, to other servers of the same rack.
    ///
    /// The notation cannot say "two in each of two data centres": there is one copy in the other data centre, whatever
    /// the first one has.
    pub fn replication(&self) -> String {
        let copies = self.declared.copies.values().copied().filter(|copies| *copies > 0);
        let others = copies.clone().count().saturating_sub(1);
        let beside = copies.max().unwrap_or(1).saturating_sub(1);
        format!("{others}{beside}0")
    }

    /// The size in megabytes at which a volume is full: two hundred volumes to a disk, because every bucket takes some.
    fn volume_size(&self) -> u64 {
        (self.declared.disk.mebibytes() / 200).clamp(1024, 30_000)
    }
}
