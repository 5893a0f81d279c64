-- The primary is gone, or shall go: its standby takes its place. Once that has happened nothing takes it back.

return runbook {
  name    = "failover",
  purpose = "Let the standby take the place of its primary",

  params = {
    database    = param.database { help = "database whose standby is promoted; may be left out when there is only one" },
    fenced      = param.boolean  { default = false, flag = "--fenced",
                                   help = "you have made sure yourself that the old primary takes no writes any more; the policy's command is not run" },
    accept_loss = param.boolean  { default = false, flag = "--accept-loss",
                                   help = "go on where the standby lacks commits that are known of; they are lost" },
    by_hand     = param.boolean  { default = false, flag = "--by-hand",
                                   help = "you point the application at the new primary yourself" },
  },

  run = function(a)
    local state = step("look how far the standby is", standby.look { of = a.database })

    expect(a.accept_loss or state.primary_answers or state.lacking == 0,
      "the primary does not answer, and the standby lacks commits that are known of; bring the cluster up from the store (total-failure), or go on without them: --accept-loss")

    approve { "promote the standby; this cannot be taken back", into = a.database, shows = state }

    if not a.fenced then
      step("keep the old primary from writing", standby.fence { of = a.database })
    end

    local now = step("promote the standby",
      standby.promote { of = a.database, seen = state, accept_loss = a.accept_loss })

    if not a.by_hand then
      step("point the application at the new primary", application.repoint_to_standby { of = a.database })
    end

    return done { timeline = now.timeline, lost = now.lost }
  end,
}
