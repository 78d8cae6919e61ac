//! Where a service runs.

use crate::ui::copy::CopyButton;
use crate::ui::status::{StatusLabel, of_status};
use crate::ui::time::Moment;
use leptos::prelude::*;
use micro_domain::catalog::{Instance, Service};

/// The instances of a service.
#[component]
pub(super) fn Instances(service: Service) -> impl IntoView {
    let rows = service.instances.into_iter().map(|instance| view! { <InstanceRow instance/> });
    view! {
        <table class="table table--cards">
            <caption class="hidden">"Instances"</caption>
            <thead>
                <tr>
                    <th scope="col">"Address"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Version"</th>
                    <th scope="col">"Since"</th>
                    <th scope="col">"Registration"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn InstanceRow(instance: Instance) -> impl IntoView {
    let tone = of_status(instance.status);
    let address = instance.address.to_string();
    let version = if instance.version.is_empty() { "–".to_owned() } else { instance.version };
    let reason =
        (!instance.reason.is_empty()).then(|| view! { <span class="row__reason">{instance.reason}</span> });
    let lease = match instance.lease_expires_ms {
        Some(at_ms) => view! { "Lease ends "<Moment at_ms/> }.into_any(),
        None => "Permanent".into_any(),
    };
    let described = if instance.descriptors.is_some() { ", described by upload" } else { "" };
    view! {
        <tr class=format!("row row--{}", tone.class)>
            <th scope="row" class="row__name">
                <code>{address.clone()}</code>
                <CopyButton text=address name="address"/>
            </th>
            <td data-label="Status"><StatusLabel tone/></td>
            <td data-label="Version">{version}</td>
            <td data-label="Since" class="row__since"><Moment at_ms=instance.since_ms/>{reason}</td>
            <td data-label="Registration">{lease}{described}</td>
        </tr>
    }
}
