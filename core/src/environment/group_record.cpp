// What a group records of its substeps for frames and exports.
#include "environment/group.hpp"

namespace muscle::environment {

void Group::recordSubsteps(bool record, bool reactions) {
  if (!record)
    record_.reset();
  else if (!record_ || record_->hasReactions() != reactions)
    record_ = std::make_unique<SubstepRecord>(*scene_->model, scene_->settings, pdDofs_, lanes(), reactions ? exposed_ : 0);
}

void Group::keepSubsteps(bool keep) {
  if (keep && exposed_ != 1) throw std::logic_error("keepSubsteps: the group has several environments");
  series_ = keep ? std::make_unique<SubstepSeries>(*scene_->model, scene_->settings) : nullptr;
}

void Group::beginRecord() {
  record_->start([this](int lane) { return view(lane); });
  if (series_) series_->start(view(0));
}

void Group::addToRecord() {
  record_->add(state_);
  const auto lift = [this](int lane) {
    const Conditions& conditions = bodies_.conditions(lane);
    return dynamics::liftOf(gravity(lane), scene_->settings.slope + conditions.slope);
  };
  record_->addReactions([this](int lane) { return view(lane); }, lift);
  if (series_) series_->finish(view(0), *record_);
}

}  // namespace muscle::environment
